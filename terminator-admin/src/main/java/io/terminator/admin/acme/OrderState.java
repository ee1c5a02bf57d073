package io.terminator.admin.acme;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known about the orders of one certificate, as it is stored. Immutable; a change makes a
 * new one.
 *
 * @param started when orders were begun, within the last hour
 */
record OrderState(
    @Nullable Open open,
    List<Instant> started,
    int failures,
    @Nullable Instant nextTry,
    @Nullable LastError lastError,
    @Nullable Proposal proposal,
    @Nullable String issuedBy) {
  static final OrderState NONE = new OrderState(null, List.of(), 0, null, null, null, null);

  private static final ObjectMapper MAPPER = new ObjectMapper();

  OrderState {
    started = List.copyOf(started);
  }

  /**
   * An order that is not finished. {@code url} is null until the authority has answered; {@code
   * key} is the sealed private key of the certificate.
   */
  record Open(String directory, @Nullable String url, String key, Instant since) {}

  record LastError(Instant at, String directory, String type, String detail, String fix) {}

  /**
   * The renewal window that the authority proposes for the certificate with this fingerprint (RFC
   * 9773); null where it proposes none. Not asked again before {@code askAgain}.
   */
  record Proposal(
      String fingerprint,
      @Nullable Instant start,
      @Nullable Instant end,
      @Nullable String explanation,
      Instant askAgain) {}

  OrderState withOpen(@Nullable Open changed) {
    return new OrderState(changed, started, failures, nextTry, lastError, proposal, issuedBy);
  }

  OrderState withProposal(@Nullable Proposal changed) {
    return new OrderState(open, started, failures, nextTry, lastError, changed, issuedBy);
  }

  OrderState begun(Open order, Instant now) {
    List<Instant> recent = recent(now);
    recent.add(now);
    return new OrderState(order, recent, failures, nextTry, lastError, proposal, issuedBy);
  }

  /** The starts within the hour before {@code now}. */
  List<Instant> recent(Instant now) {
    Instant since = now.minusSeconds(3600);
    List<Instant> recent = new ArrayList<>(started);
    // A start in the future is one before the clock was set back.
    recent.removeIf(each -> each.isBefore(since) || each.isAfter(now.plusSeconds(3600)));
    return recent;
  }

  OrderState failed(LastError error, @Nullable Open left, Instant next) {
    return new OrderState(left, started, failures + 1, next, error, proposal, issuedBy);
  }

  OrderState succeeded(String directory) {
    return new OrderState(null, started, 0, null, null, null, directory);
  }

  byte[] json() {
    ObjectNode root = MAPPER.createObjectNode();
    if (open != null) {
      ObjectNode order = root.putObject("order");
      order.put("directory", open.directory());
      order.put("url", open.url());
      order.put("key", open.key());
      order.put("since", open.since().toString());
    }
    ArrayNode starts = root.putArray("started");
    started.forEach(each -> starts.add(each.toString()));
    root.put("failures", failures);
    if (nextTry != null) {
      root.put("next-try", nextTry.toString());
    }
    if (lastError != null) {
      ObjectNode error = root.putObject("last-error");
      error.put("at", lastError.at().toString());
      error.put("directory", lastError.directory());
      error.put("type", lastError.type());
      error.put("detail", lastError.detail());
      error.put("fix", lastError.fix());
    }
    if (proposal != null) {
      ObjectNode window = root.putObject("renewal-info");
      window.put("fingerprint", proposal.fingerprint());
      window.put("start", proposal.start() == null ? null : proposal.start().toString());
      window.put("end", proposal.end() == null ? null : proposal.end().toString());
      window.put("explanation", proposal.explanation());
      window.put("ask-again", proposal.askAgain().toString());
    }
    root.put("issued-by", issuedBy);
    try {
      return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(root);
    } catch (IOException impossible) {
      throw new IllegalStateException("a tree of text and numbers is always JSON", impossible);
    }
  }

  /** Throws IOException if {@code json} is damaged. */
  static OrderState of(byte[] json) throws IOException {
    try {
      JsonNode root = MAPPER.readTree(json);
      List<Instant> starts = new ArrayList<>();
      for (JsonNode each : root.path("started")) {
        starts.add(Instant.parse(each.asText()));
      }
      JsonNode order = root.path("order");
      JsonNode error = root.path("last-error");
      JsonNode window = root.path("renewal-info");
      return new OrderState(
          order.isObject()
              ? new Open(
                  required(order, "directory"),
                  text(order, "url"),
                  required(order, "key"),
                  Instant.parse(required(order, "since")))
              : null,
          starts,
          root.path("failures").asInt(),
          time(root, "next-try"),
          error.isObject()
              ? new LastError(
                  Instant.parse(required(error, "at")),
                  required(error, "directory"),
                  required(error, "type"),
                  required(error, "detail"),
                  required(error, "fix"))
              : null,
          window.isObject()
              ? new Proposal(
                  required(window, "fingerprint"),
                  time(window, "start"),
                  time(window, "end"),
                  text(window, "explanation"),
                  Instant.parse(required(window, "ask-again")))
              : null,
          text(root, "issued-by"));
    } catch (DateTimeException notATime) {
      throw new IOException("a time in it cannot be read", notATime);
    }
  }

  private static @Nullable String text(JsonNode node, String field) {
    JsonNode value = node.path(field);
    return value.isTextual() ? value.asText() : null;
  }

  private static @Nullable Instant time(JsonNode node, String field) {
    String text = text(node, field);
    return text == null ? null : Instant.parse(text);
  }

  private static String required(JsonNode node, String field) throws IOException {
    String text = text(node, field);
    if (text == null) {
      throw new IOException("\"" + field + "\" is missing in it");
    }
    return text;
  }
}
