/**
 * Selects the certificates and the native context for a server name. Start reading at {@code
 * SniConfig}.
 */
@NullMarked
package io.terminator.tls.sni;

import org.jspecify.annotations.NullMarked;
