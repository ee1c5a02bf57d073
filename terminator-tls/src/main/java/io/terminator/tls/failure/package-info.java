/** Why TLS with a peer failed: one sealed type, with its label, blame, cause and fix. Start reading at {@code TlsFailure}. */
@NullMarked
package io.terminator.tls.failure;

import org.jspecify.annotations.NullMarked;
