package io.terminator.admin.acme;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;

/**
 * A challenge that every process of the fleet answers. {@code name} is a DNS name or an IP address.
 */
record Challenge(
    ChallengeType type, String name, String token, String authorization, Instant expires) {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  byte[] json() {
    ObjectNode root = MAPPER.createObjectNode();
    root.put("type", type.label());
    root.put("name", name);
    root.put("token", token);
    root.put("authorization", authorization);
    root.put("expires", expires.toString());
    try {
      return MAPPER.writeValueAsBytes(root);
    } catch (IOException impossible) {
      throw new IllegalStateException("a tree of text is always JSON", impossible);
    }
  }

  /** Throws IOException if {@code json} is damaged. */
  static Challenge of(byte[] json) throws IOException {
    JsonNode root = MAPPER.readTree(json);
    for (ChallengeType type : ChallengeType.values()) {
      if (type.label().equals(root.path("type").asText())) {
        try {
          return new Challenge(
              type,
              root.path("name").asText(),
              root.path("token").asText(),
              root.path("authorization").asText(),
              Instant.parse(root.path("expires").asText()));
        } catch (DateTimeException notATime) {
          throw new IOException("its expiry cannot be read", notATime);
        }
      }
    }
    throw new IOException("its type is unknown");
  }
}
