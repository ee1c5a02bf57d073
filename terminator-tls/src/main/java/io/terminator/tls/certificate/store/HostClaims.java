package io.terminator.tls.certificate.store;

import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.credential.CredentialProblem;
import io.terminator.tls.certificate.credential.CredentialProblem.Kind;
import io.terminator.tls.certificate.credential.ReportedProblem;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Hosts that two certificates with the same kind of key cover. Not thread-safe. */
final class HostClaims {
  /**
   * Enough to show the pattern; a second directory with the same names must not exhaust the memory.
   */
  private static final int MOST = 1000;

  private final Map<String, Instant> since = new TreeMap<>();

  /** Checks the hosts of an added or removed credential again. */
  void review(@Nullable Credential credential, CredentialSnapshot snapshot, Instant now) {
    for (String host : credential == null ? List.<String>of() : credential.hosts()) {
      if (problem(host, now, snapshot, now) == null) {
        since.remove(host);
      } else if (since.size() < MOST) {
        since.putIfAbsent(host, now);
      }
    }
  }

  /**
   * Reports the conflicts as of {@code now}, because the selected certificate depends on the time.
   */
  List<ReportedProblem> problems(CredentialSnapshot snapshot, Instant now) {
    List<ReportedProblem> problems = new ArrayList<>();
    since.forEach(
        (host, first) -> {
          ReportedProblem problem = problem(host, first, snapshot, now);
          if (problem != null) {
            problems.add(problem);
          }
        });
    return problems;
  }

  private static @Nullable ReportedProblem problem(
      String host, Instant first, CredentialSnapshot snapshot, Instant now) {
    Candidates candidates = snapshot.hosts().get(host);
    if (candidates == null || candidates.all().size() < 2) {
      return null;
    }
    for (Credential winner : candidates.choose(now).credentials()) {
      for (Credential other : candidates.all()) {
        if (other != winner && other.keyKind() == winner.keyKind()) {
          return problem(host, first, winner, other, snapshot, now);
        }
      }
    }
    return null;
  }

  private static ReportedProblem problem(
      String host,
      Instant first,
      Credential winner,
      Credential loser,
      CredentialSnapshot snapshot,
      Instant now) {
    // A wildcard may be served instead of both.
    CredentialSet serving = Objects.requireNonNull(snapshot.find(host, now));
    String text =
        "\""
            + loser.name()
            + "\" and \""
            + winner.name()
            + "\" ("
            + winner.source()
            + ") both cover \""
            + host
            + "\"; ";
    if (serving.credentials().contains(winner)) {
      text += "\"" + winner.name() + "\" serves it, since it " + advantage(winner, loser, now);
    } else {
      text += "\"" + serving.name() + "\" serves it, since clients accept neither of them now";
    }
    String needed = servedBy(loser, snapshot, now);
    text +=
        needed == null
            ? ". Remove \"" + loser.name() + "\" if it is not needed"
            : ". Keep \""
                + loser.name()
                + "\", which "
                + needed
                + ", or replace both by one certificate for all these names";
    return new ReportedProblem(
        loser.name(),
        new CredentialProblem(Kind.HOST_CLAIMED_TWICE, loser.source(), text),
        first,
        false);
  }

  private static String advantage(Credential winner, Credential loser, Instant now) {
    if (winner.isValidAt(now) != loser.isValidAt(now)) {
      return "is valid";
    }
    if (winner.rank(now) != loser.rank(now)) {
      return "is accepted by clients";
    }
    return winner.notAfter().equals(loser.notAfter()) ? "comes first by name" : "lasts longer";
  }

  /** The hosts for which {@code credential} is served, as text; null if there are none. */
  private static @Nullable String servedBy(
      Credential credential, CredentialSnapshot snapshot, Instant now) {
    for (String host : credential.hosts()) {
      CredentialSet serving = snapshot.find(host, now);
      if (serving != null && serving.credentials().contains(credential)) {
        return "serves \"" + host + "\"";
      }
    }
    return snapshot.defaultCertificate() == credential ? "is the default certificate" : null;
  }
}
