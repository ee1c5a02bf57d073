/**
 * What we are willing to speak: versions, groups, ciphers, protocols. Start reading at {@code TlsPolicyConfig}.
 */
@NullMarked
package io.terminator.tls.policy;

import org.jspecify.annotations.NullMarked;
