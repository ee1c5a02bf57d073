/** Pending TLS-ALPN-01 challenges of ACME (RFC 8737). */
@NullMarked
package io.terminator.tls.challenge;

import org.jspecify.annotations.NullMarked;
