/**
 * TLS to a backend's servers: the authorities that are trusted and the certificate that is
 * presented. Start reading at {@code BackendTls}.
 */
@NullMarked
package io.terminator.tls.backend;

import org.jspecify.annotations.NullMarked;
