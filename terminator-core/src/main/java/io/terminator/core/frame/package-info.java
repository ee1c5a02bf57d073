/**
 * Buffers and the memory they may take. Start reading at {@code FramePool}.
 */
@NullMarked
package io.terminator.core.frame;

import org.jspecify.annotations.NullMarked;
