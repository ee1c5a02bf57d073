/**
 * Moves bytes both ways, half-close included. In: {@code Connected}. Out: {@code Relayed}. Start reading at {@code Relay}.
 */
@NullMarked
package io.terminator.core.relay;

import org.jspecify.annotations.NullMarked;
