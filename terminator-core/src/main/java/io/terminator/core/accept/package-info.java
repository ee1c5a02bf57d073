/**
 * Accepts client connections. Input: a readable listening socket. Output: {@code Accepted}. Start
 * reading at {@code Listener}.
 */
@NullMarked
package io.terminator.core.accept;

import org.jspecify.annotations.NullMarked;
