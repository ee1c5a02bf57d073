package io.terminator.admin.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;

/** The state of an appliance at one time, as the API reports it. */
public record Overview(
    JsonNode status,
    JsonNode workers,
    JsonNode backends,
    JsonNode certificates,
    JsonNode log,
    JsonNode failures) {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** Fetches all parts; the exception says why this failed. */
  public static Overview of(AdminClient client) throws IOException {
    return new Overview(
        get(client, "/v1/status"),
        get(client, "/v1/workers"),
        get(client, "/v1/backends"),
        get(client, "/v1/certificates"),
        get(client, "/v1/log"),
        get(client, "/v1/handshake-failures"));
  }

  private static JsonNode get(AdminClient client, String path) throws IOException {
    AdminClient.Answer answer = client.get(path);
    JsonNode body;
    try {
      body = MAPPER.readTree(answer.body());
    } catch (JsonProcessingException notJson) {
      body = MAPPER.createObjectNode();
    }
    if (answer.status() == 200 && body.isObject()) {
      return body;
    }
    String detail = body.path("detail").asText("");
    throw new IOException(
        "the admin API answered "
            + path
            + " with "
            + answer.status()
            + (detail.isEmpty() ? "" : ": " + printable(detail)));
  }

  /** Whether the appliance accepts new connections. */
  public boolean isServing() {
    return status.path("state").asText().equals("serving");
  }

  /** The complete state as one line of JSON. */
  public String json() {
    ObjectNode all = MAPPER.createObjectNode();
    all.set("status", status);
    all.set("workers", workers.path("workers"));
    all.set("backends", backends.path("backends"));
    all.set("certificates", certificates.path("certificates"));
    all.set("certificateProblems", certificates.path("problems"));
    all.set("log", log);
    all.set("failures", failures.path("failures"));
    return all.toString();
  }

  /** Text that clients or files control must not send commands to a terminal. */
  static String printable(String text) {
    return text.replaceAll("\\p{C}", "?");
  }
}
