package io.terminator.core.frame;

import io.terminator.core.setting.DataSize;

/** {@code budget} is the memory for waiting bytes of the whole process, split evenly between the workers. */
public record FrameConfig(DataSize budget) {
  public static final FrameConfig DEFAULT = new FrameConfig(DataSize.ofMiB(64));
}
