/**
 * Moves bytes both ways, including half-close. Input: {@code Connected}. Output: {@code Relayed}.
 * Start reading at {@code Relay}.
 */
@NullMarked
package io.terminator.core.relay;

import org.jspecify.annotations.NullMarked;
