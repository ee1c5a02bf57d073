package io.terminator.core.setting;

/** A text that must never reach a log, a message or an API answer: {@code toString} says only that there is one. */
public record Secret(String reveal) {
  @Override
  public String toString() {
    return "[secret]";
  }
}
