/**
 * TLS policies: versions, groups, cipher suites and protocols. Start reading at {@code
 * TlsPolicyConfig}.
 */
@NullMarked
package io.terminator.tls.policy;

import org.jspecify.annotations.NullMarked;
