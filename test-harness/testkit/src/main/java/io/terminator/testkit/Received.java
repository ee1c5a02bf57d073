package io.terminator.testkit;

import java.nio.charset.StandardCharsets;

/** Everything that a peer sent, and how it ended. Owns its array; do not modify it. */
public record Received(byte[] bytes, Ending ending) {

  /** The bytes as UTF-8. */
  public String text() {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return "Received[" + bytes.length + " bytes, then " + ending + "]";
  }
}
