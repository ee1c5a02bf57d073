/**
 * What happens between a secured client and its backends. In: {@code Secured}. Out: {@code Finished}. Start reading at {@code
 * Conversation}.
 */
@NullMarked
package io.terminator.core.conversation;

import org.jspecify.annotations.NullMarked;
