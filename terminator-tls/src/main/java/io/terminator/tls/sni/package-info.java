/**
 * Which identity answers for the name that a client asked for. Start reading at {@code SniConfig}.
 */
@NullMarked
package io.terminator.tls.sni;

import org.jspecify.annotations.NullMarked;
