/**
 * Reasons for a failed TLS handshake: one sealed type with label, blame, cause and fix. Start
 * reading at {@code TlsFailure}.
 */
@NullMarked
package io.terminator.tls.failure;

import org.jspecify.annotations.NullMarked;
