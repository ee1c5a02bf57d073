package io.terminator.admin.acme;

import io.terminator.core.setting.Quantity;
import io.terminator.tls.certificate.credential.Credential;
import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** When the next order for a certificate begins, and why then. Pure. */
record OrderPlan(Target target, Instant at, String reason, boolean isRequested) {

  /**
   * {@code served} is the newest certificate, null before the first one. {@code directories} are
   * those that it may come from. {@code isRequested} says that an operator wants it now. {@code
   * isRevoked} says that the served one is revoked.
   */
  static OrderPlan of(
      Target target,
      @Nullable Credential served,
      OrderState state,
      Set<String> directories,
      boolean isRequested,
      boolean isRevoked,
      Instant now) {
    String urgent =
        served != null && isRevoked
            ? "its issuer has revoked it"
            : urgency(target, served, state, directories, isRequested);
    Instant at = now;
    String reason = urgent;
    if (served != null && urgent.isEmpty()) {
      RenewalTime time =
          RenewalTime.of(
              served.notBefore(),
              served.notAfter(),
              window(state, served),
              served.fingerprint().hashCode());
      at = time.at();
      reason = time.reason();
    }
    Instant next = state.nextTry() == null ? null : Pacing.sane(state.nextTry(), now);
    return next != null && next.isAfter(at) && !isRequested
        ? new OrderPlan(
            target,
            next,
            Quantity.of(state.failures(), "failure") + " in succession; " + reason,
            false)
        : new OrderPlan(target, at, reason, isRequested);
  }

  /** Why it is ordered at once; empty if it is not. */
  private static String urgency(
      Target target,
      @Nullable Credential served,
      OrderState state,
      Set<String> directories,
      boolean isRequested) {
    if (served == null) {
      return "there is no certificate yet";
    }
    if (!Set.copyOf(served.hosts()).equals(Set.copyOf(target.names()))) {
      return "its names changed";
    }
    if (!served.keyKind().name().equals(target.keyType().algorithm())
        || served.keyBits() != target.keyType().bits()) {
      return "its key type changed";
    }
    if (state.issuedBy() != null && !directories.contains(state.issuedBy())) {
      return "the directory changed";
    }
    if (isRequested) {
      return "an operator asked for it";
    }
    return state.open() == null ? "" : "its order is open";
  }

  private static RenewalTime.@Nullable Window window(OrderState state, Credential served) {
    OrderState.Proposal proposal = state.proposal();
    return proposal == null
            || proposal.start() == null
            || proposal.end() == null
            || !proposal.fingerprint().equals(served.fingerprint())
        ? null
        : new RenewalTime.Window(proposal.start(), proposal.end());
  }
}
