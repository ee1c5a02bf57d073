/** Buffers and the memory that they may use. Start reading at {@code FramePool}. */
@NullMarked
package io.terminator.core.frame;

import org.jspecify.annotations.NullMarked;
