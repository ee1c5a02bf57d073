package io.terminator.core.setting;

/**
 * A text that must never appear in a log, a message or an API answer: {@code toString} states only
 * that it is set.
 */
public record Secret(String reveal) {
  @Override
  public String toString() {
    return "[secret]";
  }
}
