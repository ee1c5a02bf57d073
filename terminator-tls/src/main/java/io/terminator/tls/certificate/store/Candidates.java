package io.terminator.tls.certificate.store;

import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.credential.KeyKind;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All credentials for one host, and the selection among them at a given time. Immutable except for
 * the cached selection.
 */
final class Candidates {
  private final Credential[] sorted;
  private volatile @Nullable Choice last;

  private Candidates(Credential[] sorted) {
    this.sorted = sorted;
  }

  /** {@code set} is valid from {@code from} (inclusive) to {@code until} (exclusive). */
  private record Choice(CredentialSet set, Instant from, Instant until) {}

  static Candidates of(Credential only) {
    return new Candidates(new Credential[] {only});
  }

  Candidates with(Credential more) {
    Credential[] all = Arrays.copyOf(sorted, sorted.length + 1);
    all[sorted.length] = more;
    Arrays.sort(
        all,
        Comparator.comparing(Credential::notAfter)
            .reversed()
            .thenComparing(Credential::name)
            .thenComparing(Credential::source)
            .thenComparing(Credential::version, Comparator.reverseOrder()));
    return new Candidates(all);
  }

  /** Returns null if none is left. */
  @Nullable Candidates without(Credential one) {
    Credential[] all =
        Arrays.stream(sorted).filter(other -> other != one).toArray(Credential[]::new);
    return all.length == 0 ? null : new Candidates(all);
  }

  List<Credential> all() {
    return List.of(sorted);
  }

  /**
   * Selects by {@link Credential#rank}, then by latest expiry. If both kinds of key are available,
   * both are served, ECDSA first, which costs a tenth of RSA; but only at equal rank, because some
   * clients would otherwise get the worse certificate.
   */
  CredentialSet choose(Instant now) {
    Choice known = last;
    if (known != null && !now.isBefore(known.from()) && now.isBefore(known.until())) {
      return known.set();
    }
    Choice fresh = decide(now);
    last = fresh;
    return fresh.set();
  }

  private Choice decide(Instant now) {
    List<Credential> chosen = new ArrayList<>(2);
    for (int rank = 0; rank <= Credential.WORST_RANK; rank++) {
      for (KeyKind kind : KeyKind.values()) {
        for (Credential credential : sorted) {
          if (credential.keyKind() == kind && credential.rank(now) == rank) {
            chosen.add(credential);
            break;
          }
        }
      }
      if (!chosen.isEmpty()) {
        break;
      }
    }
    Instant from = Instant.MIN;
    Instant until = Instant.MAX;
    for (Credential credential : sorted) {
      for (Instant turn : List.of(credential.notBefore(), credential.notAfter().plusSeconds(1))) {
        if (!turn.isAfter(now)) {
          from = turn.isAfter(from) ? turn : from;
        } else {
          until = turn.isBefore(until) ? turn : until;
        }
      }
    }
    return new Choice(new CredentialSet(chosen), from, until);
  }
}
