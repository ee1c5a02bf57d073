package io.terminator.core.http.field;

import io.terminator.core.chain.Protection;
import io.terminator.core.http.message.Head;
import io.terminator.core.setting.CidrSet;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Adds, replaces and removes fields of requests and responses as configured. {@code traceparent}
 * and every field that no rule names pass unchanged. Immutable, any worker; its methods allocate
 * nothing once the facts of a connection are known.
 */
public final class FieldRules {
  private final CidrSet trusted;
  private final ForwardedFields forwarded;
  private final FieldConfig.RequestId ids;
  private final byte[] idName;
  private final FieldNames idNames;
  private final CompiledEdits request;
  private final CompiledEdits response;
  private final @Nullable CompiledField hsts;
  private final FieldNames hstsNames = FieldNames.of(List.of(HSTS));

  // Ids of different processes and configurations differ even where the generators' seeds agree.
  private final long saltHigh;
  private final long saltLow;

  private static final String HSTS = "Strict-Transport-Security";

  private record CompiledEdits(FieldNames removed, CompiledField[] added) {
    static CompiledEdits of(FieldConfig.Edits edits) {
      List<String> removed = new ArrayList<>(edits.remove());
      removed.addAll(edits.set().keySet());
      List<CompiledField> added = new ArrayList<>();
      compile(edits.set(), added);
      compile(edits.add(), added);
      return new CompiledEdits(FieldNames.of(removed), added.toArray(CompiledField[]::new));
    }

    private static void compile(Map<String, FieldTemplate> fields, List<CompiledField> to) {
      fields.forEach((name, value) -> to.add(new CompiledField(name, value)));
    }

    void applyTo(Head head, ClientFacts facts, RequestId id) {
      if (!removed.isEmpty()) {
        removed.removeFrom(head);
      }
      for (CompiledField field : added) {
        field.addTo(head, facts, id);
      }
    }
  }

  public FieldRules(FieldConfig config) {
    this.trusted = CidrSet.of(config.trustedProxies());
    this.forwarded = new ForwardedFields(config.forwarded());
    this.ids = config.requestId();
    this.idName = ids.field().getBytes(StandardCharsets.US_ASCII);
    this.idNames = FieldNames.of(List.of(ids.field()));
    this.request = CompiledEdits.of(config.request());
    this.response = CompiledEdits.of(config.response());
    FieldConfig.Hsts policy = config.hsts();
    this.hsts = policy == null ? null : new CompiledField(HSTS, FieldTemplate.parse(text(policy)));
    SecureRandom random = new SecureRandom();
    this.saltHigh = random.nextLong();
    this.saltLow = random.nextLong();
  }

  private static String text(FieldConfig.Hsts policy) {
    return "max-age="
        + policy.maxAge().toSeconds()
        + (policy.includeSubdomains() ? "; includeSubDomains" : "")
        + (policy.preload() ? "; preload" : "");
  }

  /**
   * What the rules need to know about a connection. {@code client} is the peer that speaks HTTP,
   * {@code destination} the address that it connected to.
   */
  public ClientFacts factsOf(
      SocketAddress client, SocketAddress destination, Protection protection) {
    boolean isTrusted =
        client instanceof InetSocketAddress inet
            && inet.getAddress() != null
            && trusted.contains(inet.getAddress());
    return new ClientFacts(client, destination, protection, isTrusted);
  }

  /**
   * Changes a request on its way to a backend, after the fields of the client's connection have
   * been removed: otherwise a client could name the fields added here as such. The id of the
   * request is written to {@code id}.
   */
  public void applyToRequest(Head head, ClientFacts facts, RequestId id) {
    forwarded.applyTo(head, facts);
    identify(head, facts, id);
    request.applyTo(head, facts, id);
  }

  /**
   * Removes from the fields after a request's body what would be removed from its head: servers
   * exist that add them to the head.
   */
  public void applyToTrailers(Head trailers, ClientFacts facts) {
    if (trailers.size() == 0) {
      return;
    }
    forwarded.strip(trailers, facts);
    if (ids.mode() != FieldConfig.RequestId.Mode.OFF) {
      idNames.removeFrom(trailers);
    }
    request.removed().removeFrom(trailers);
  }

  /** Changes a final response on its way to the client. */
  public void applyToResponse(Head head, ClientFacts facts, RequestId id) {
    CompiledField security = hsts;
    if (security != null && facts.isSecure()) {
      hstsNames.removeFrom(head);
      security.addTo(head, facts, id);
    }
    response.applyTo(head, facts, id);
  }

  /** Removes what the rules name from trailers or an interim response, which get no fields. */
  public void removeFromResponse(Head head) {
    if (hsts != null) {
      hstsNames.removeFrom(head);
    }
    response.removed().removeFrom(head);
  }

  /**
   * Gives a request its id, in {@code id} and in the field; part of {@link #applyToRequest}. For
   * requests that reach no backend, so that their response and log line have an id too.
   */
  public void identify(Head head, ClientFacts facts, RequestId id) {
    id.clear();
    switch (ids.mode()) {
      case OFF -> {
        return;
      }
      case TRUSTED -> {
        if (facts.isTrusted() && keepId(head, id)) {
          return;
        }
      }
      case ANY -> {
        if (keepId(head, id)) {
          return;
        }
      }
      case NEW -> {}
    }
    idNames.removeFrom(head);
    ThreadLocalRandom random = ThreadLocalRandom.current();
    id.set(saltHigh ^ random.nextLong(), saltLow ^ random.nextLong());
    int from = CompiledField.begin(head, idName);
    int valueFrom = head.append(id.bytes(), 0, id.length());
    CompiledField.end(head, from, idName.length, valueFrom);
  }

  /** Whether the request has exactly one field with an id that can be kept. */
  private boolean keepId(Head head, RequestId id) {
    int found = -1;
    for (int field = 0; field < head.size(); field++) {
      if (idNames.has(head, field)) {
        if (found >= 0) {
          return false;
        }
        found = field;
      }
    }
    return found >= 0 && id.set(head.text(), head.valueFrom(found), head.valueTo(found));
  }
}
