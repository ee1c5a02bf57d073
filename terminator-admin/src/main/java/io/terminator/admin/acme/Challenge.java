package io.terminator.admin.acme;

import io.terminator.admin.json.JsonObject;
import java.io.IOException;
import java.time.Instant;

/**
 * A challenge that every process of the fleet answers. {@code name} is a DNS name or an IP address.
 */
record Challenge(
    ChallengeType type, String name, String token, String authorization, Instant expires) {
  byte[] json() {
    return new JsonObject()
        .put("type", type.label())
        .put("name", name)
        .put("token", token)
        .put("authorization", authorization)
        .put("expires", expires)
        .bytes();
  }

  /** Throws IOException if {@code json} is damaged. */
  static Challenge of(byte[] json) throws IOException {
    JsonObject root = JsonObject.parse(json);
    for (ChallengeType type : ChallengeType.values()) {
      if (type.label().equals(root.text("type"))) {
        return new Challenge(
            type,
            root.requireText("name"),
            root.requireText("token"),
            root.requireText("authorization"),
            root.requireTime("expires"));
      }
    }
    throw new IOException("its type is unknown");
  }
}
