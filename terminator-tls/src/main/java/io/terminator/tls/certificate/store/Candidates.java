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
 * Every credential for one host, and the choice among them at a time. Immutable but for the choice
 * it remembers.
 */
final class Candidates {
  private static final Comparator<Credential> LONGEST =
      Comparator.comparing(Credential::notAfter)
          .reversed()
          .thenComparing(Credential::name)
          .thenComparing(Credential::source)
          .thenComparing(Credential::version, Comparator.reverseOrder());

  private final Credential[] sorted;
  private volatile @Nullable Choice last;

  private Candidates(Credential[] sorted) {
    this.sorted = sorted;
  }

  /** {@code set} is right from {@code from} on and before {@code until}. */
  private record Choice(CredentialSet set, Instant from, Instant until) {}

  static Candidates of(Credential only) {
    return new Candidates(new Credential[] {only});
  }

  Candidates with(Credential more) {
    Credential[] all = Arrays.copyOf(sorted, sorted.length + 1);
    all[sorted.length] = more;
    Arrays.sort(all, LONGEST);
    return new Candidates(all);
  }

  /** Null when none is left. */
  @Nullable Candidates without(Credential one) {
    Credential[] all =
        Arrays.stream(sorted).filter(other -> other != one).toArray(Credential[]::new);
    return all.length == 0 ? null : new Candidates(all);
  }

  List<Credential> all() {
    return List.of(sorted);
  }

  /**
   * By {@link Credential#rank}, then what lasts longest. Of two kinds of key both, ECDSA first, which costs the appliance a
   * tenth; but only where they rank equal, as some clients would be sent the worse one.
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
