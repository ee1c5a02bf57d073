package io.terminator.admin.acme;

import io.terminator.admin.json.JsonObject;
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
    JsonObject root = new JsonObject();
    if (open != null) {
      root.put(
          "order",
          new JsonObject()
              .put("directory", open.directory())
              .put("url", open.url())
              .put("key", open.key())
              .put("since", open.since()));
    }
    root.put("started", started.stream().map(Instant::toString).toList());
    root.put("failures", failures);
    if (nextTry != null) {
      root.put("next-try", nextTry);
    }
    if (lastError != null) {
      root.put(
          "last-error",
          new JsonObject()
              .put("at", lastError.at())
              .put("directory", lastError.directory())
              .put("type", lastError.type())
              .put("detail", lastError.detail())
              .put("fix", lastError.fix()));
    }
    if (proposal != null) {
      root.put(
          "renewal-info",
          new JsonObject()
              .put("fingerprint", proposal.fingerprint())
              .put("start", proposal.start())
              .put("end", proposal.end())
              .put("explanation", proposal.explanation())
              .put("ask-again", proposal.askAgain()));
    }
    return root.put("issued-by", issuedBy).bytes();
  }

  /** Throws IOException if {@code json} is damaged. */
  static OrderState of(byte[] json) throws IOException {
    try {
      JsonObject root = JsonObject.parse(json);
      JsonObject order = root.object("order");
      JsonObject error = root.object("last-error");
      JsonObject window = root.object("renewal-info");
      return new OrderState(
          order == null
              ? null
              : new Open(
                  order.requireText("directory"),
                  order.text("url"),
                  order.requireText("key"),
                  order.requireTime("since")),
          root.texts("started").stream().map(Instant::parse).toList(),
          root.number("failures"),
          root.time("next-try"),
          error == null
              ? null
              : new LastError(
                  error.requireTime("at"),
                  error.requireText("directory"),
                  error.requireText("type"),
                  error.requireText("detail"),
                  error.requireText("fix")),
          window == null
              ? null
              : new Proposal(
                  window.requireText("fingerprint"),
                  window.time("start"),
                  window.time("end"),
                  window.text("explanation"),
                  window.requireTime("ask-again")),
          root.text("issued-by"));
    } catch (DateTimeException notATime) {
      throw new IOException("a time in it cannot be read", notATime);
    }
  }
}
