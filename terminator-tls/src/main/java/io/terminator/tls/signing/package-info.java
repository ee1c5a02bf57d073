/**
 * RSA signatures by a faster library than BoringSSL and, if configured, on threads other than the
 * workers.
 */
@NullMarked
package io.terminator.tls.signing;

import org.jspecify.annotations.NullMarked;
