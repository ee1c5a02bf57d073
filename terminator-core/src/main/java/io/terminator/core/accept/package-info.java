/**
 * Lets clients in. In: a readable listening socket. Out: {@code Accepted}. Start reading at {@code Listener}.
 */
@NullMarked
package io.terminator.core.accept;

import org.jspecify.annotations.NullMarked;
