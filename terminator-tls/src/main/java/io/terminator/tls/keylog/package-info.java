/** Writes the secrets of chosen clients' connections to a file, for whoever reads a capture of them. */
@NullMarked
package io.terminator.tls.keylog;

import org.jspecify.annotations.NullMarked;
