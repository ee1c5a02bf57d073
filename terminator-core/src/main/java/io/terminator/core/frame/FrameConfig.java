package io.terminator.core.frame;

import io.terminator.core.setting.DataSize;

/**
 * {@code budget} is the memory for waiting bytes of the whole process, divided evenly among the
 * workers.
 */
public record FrameConfig(DataSize budget) {
  public static final FrameConfig DEFAULT = new FrameConfig(DataSize.ofMiB(64));
}
