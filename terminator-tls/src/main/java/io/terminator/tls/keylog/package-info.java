/**
 * Writes the TLS secrets of selected clients' connections to a file, for decrypting a packet
 * capture.
 */
@NullMarked
package io.terminator.tls.keylog;

import org.jspecify.annotations.NullMarked;
