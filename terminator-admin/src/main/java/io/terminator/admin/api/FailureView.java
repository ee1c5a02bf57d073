package io.terminator.admin.api;

import io.terminator.core.flow.FailureInbox.Failure;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.phase.Phase;
import io.terminator.core.setting.AddressText;
import io.terminator.tls.failure.FailureLabels;
import io.terminator.tls.failure.NameRefused;
import io.terminator.tls.failure.NothingInCommon;
import io.terminator.tls.judgement.Verdict;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A failed handshake, with advice on how to fix it. */
record FailureView(
    String time,
    String connection,
    String listener,
    String source,
    String reason,
    String blame,
    String cause,
    String fix,
    @Nullable String sni,
    List<String> alpn,
    @Nullable String ja4) {
  /** Labels of failures that depend only on the ClientHello and the configuration. */
  private static final Set<String> DECIDED_BY_HELLO =
      Stream.concat(
              Stream.of(NothingInCommon.Kind.values()).map(NothingInCommon.Kind::label),
              Stream.of(NameRefused.Kind.values()).map(NameRefused.Kind::label))
          .collect(Collectors.toUnmodifiableSet());

  /**
   * {@code verdict} is the current answer to such a client; null if the listener or the ClientHello
   * is unknown.
   */
  static FailureView of(Failure failure, @Nullable Verdict verdict) {
    return new FailureView(
        Instant.ofEpochMilli(failure.millis()).toString(),
        Long.toHexString(failure.connection()),
        failure.listener(),
        AddressText.host(failure.client()),
        failure.reason(),
        failure.blame().label(),
        failure.detail().isEmpty() ? failure.reason() : failure.detail(),
        fix(failure, verdict),
        failure.sni(),
        failure.alpn(),
        failure.ja4());
  }

  /** The closed set of {@code reason}. */
  static List<String> reasons() {
    return Stream.concat(
            FailureLabels.all().stream(),
            Stream.of(CloseReason.values())
                .filter(reason -> reason.isFailedHandshake(Phase.HANDSHAKE))
                .map(CloseReason::label))
        .distinct()
        .sorted()
        .toList();
  }

  private static String fix(Failure failure, @Nullable Verdict verdict) {
    if (verdict instanceof Verdict.Refuse refusal) {
      return refusal.failure().fix();
    }
    if (verdict != null && DECIDED_BY_HELLO.contains(failure.reason())) {
      return "nothing: the present configuration answers such a client";
    }
    return failure.fix().isEmpty()
        ? "check the network; raise the deadline if legitimate clients are that slow"
        : failure.fix();
  }
}
