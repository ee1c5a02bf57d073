/**
 * The exchange between a secured client and its backends. Input: {@code Secured}. Output: {@code
 * Finished}. Start reading at {@code Conversation}.
 */
@NullMarked
package io.terminator.core.conversation;

import org.jspecify.annotations.NullMarked;
