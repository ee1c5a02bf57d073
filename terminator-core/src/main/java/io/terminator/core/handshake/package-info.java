/**
 * Runs the protocol chain under one deadline. Input: {@code Accepted}. Output: {@code Secured}.
 * Start reading at {@code Handshake}.
 */
@NullMarked
package io.terminator.core.handshake;

import org.jspecify.annotations.NullMarked;
