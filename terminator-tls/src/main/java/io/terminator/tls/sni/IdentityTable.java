package io.terminator.tls.sni;

import io.terminator.tls.certificate.Credential;
import io.terminator.tls.certificate.KeyKind;
import io.terminator.tls.engine.TlsSettings;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which identity answers for a name: exact before wildcard, a wildcard for one label only (RFC 6125 section 6.4.3), among
 * several certificates for one name a valid one before one that is not, then the one that lasts longest. Immutable.
 */
public final class IdentityTable {
  private static final String WILDCARD = "*.";

  private final Map<String, Identity> exact;
  private final Map<String, Identity> wildcard;
  private final @Nullable Identity fallback;
  private final Set<Identity> all;

  private IdentityTable(
      Map<String, Identity> exact,
      Map<String, Identity> wildcard,
      @Nullable Identity fallback,
      Set<Identity> all) {
    this.exact = exact;
    this.wildcard = wildcard;
    this.fallback = fallback;
    this.all = all;
  }

  /** A table without any certificate. */
  public static IdentityTable empty() {
    return new IdentityTable(Map.of(), Map.of(), null, Set.of());
  }

  /**
   * {@code credentials} in the operator's order: the first that is valid is the listener's default. Identities of {@code
   * before} that did not change live on, with their contexts.
   */
  public static IdentityTable of(
      Collection<Credential> credentials, TlsSettings settings, IdentityTable before, Instant now) {
    Comparator<Credential> best =
        Comparator.comparing((Credential credential) -> !credential.isValidAt(now))
            .thenComparing(Credential::notAfter, Comparator.reverseOrder())
            .thenComparing(Credential::name);
    Map<String, List<Credential>> byHost = new HashMap<>();
    for (Credential credential : credentials) {
      for (String host : credential.hosts()) {
        byHost.computeIfAbsent(host, key -> new ArrayList<>(1)).add(credential);
      }
    }
    Map<List<Credential>, Identity> made = new HashMap<>();
    Map<List<String>, Identity> known = before.byFingerprints();
    Map<String, Identity> exact = new HashMap<>();
    Map<String, Identity> wildcard = new HashMap<>();
    byHost.forEach(
        (host, candidates) -> {
          Identity identity = identity(chosen(candidates, best, now), settings, known, made);
          if (host.startsWith(WILDCARD)) {
            wildcard.put(host.substring(1), identity);
          } else {
            exact.put(host, identity);
          }
        });
    Identity fallback = null;
    Credential first =
        credentials.stream()
            .filter(credential -> credential.isValidAt(now))
            .findFirst()
            .orElse(credentials.stream().findFirst().orElse(null));
    if (first != null) {
      List<Credential> peers =
          credentials.stream().filter(other -> other.hosts().equals(first.hosts())).toList();
      fallback = identity(chosen(peers, best, now), settings, known, made);
    }
    Set<Identity> all = Collections.newSetFromMap(new IdentityHashMap<>());
    all.addAll(made.values());
    return new IdentityTable(exact, wildcard, fallback, all);
  }

  /** The best credential of each algorithm; ECDSA first, which costs the appliance a tenth of RSA. */
  private static List<Credential> chosen(
      List<Credential> candidates, Comparator<Credential> best, Instant now) {
    List<Credential> chosen = new ArrayList<>(2);
    for (KeyKind kind : KeyKind.values()) {
      candidates.stream()
          .filter(candidate -> candidate.keyKind() == kind)
          .min(best)
          .ifPresent(chosen::add);
    }
    // An expired one beside a valid one would be chosen by some clients: better one algorithm than
    // a broken one.
    if (chosen.size() == 2) {
      Credential winner = Collections.min(chosen, best);
      Credential other = chosen.get(0).equals(winner) ? chosen.get(1) : chosen.get(0);
      if (winner.isValidAt(now) && !other.isValidAt(now)) {
        chosen.remove(other);
      }
    }
    return chosen;
  }

  private static Identity identity(
      List<Credential> chosen,
      TlsSettings settings,
      Map<List<String>, Identity> known,
      Map<List<Credential>, Identity> made) {
    return made.computeIfAbsent(
        chosen,
        key -> {
          Identity same = known.get(chosen.stream().map(Credential::fingerprint).toList());
          return same != null && same.isSameAs(chosen, settings)
              ? same
              : new Identity(chosen, settings);
        });
  }

  private Map<List<String>, Identity> byFingerprints() {
    Map<List<String>, Identity> known = new HashMap<>();
    for (Identity identity : all) {
      known.put(identity.credentials().stream().map(Credential::fingerprint).toList(), identity);
    }
    return known;
  }

  /** Who answers for {@code name}, lower case without a trailing dot; null where no certificate covers it. */
  public @Nullable Identity find(String name) {
    Identity identity = exact.get(name);
    if (identity == null && !wildcard.isEmpty()) {
      int dot = name.indexOf('.');
      identity = dot <= 0 ? null : wildcard.get(name.substring(dot));
    }
    return identity;
  }

  /** Who answers where no name decides; null where there is no certificate at all. */
  public @Nullable Identity fallback() {
    return fallback;
  }

  public Set<Identity> all() {
    return Collections.unmodifiableSet(all);
  }

  /** Hosts with an identity of their own, for reports. */
  public Set<String> hosts() {
    Set<String> hosts = new HashSet<>(exact.keySet());
    wildcard.keySet().forEach(suffix -> hosts.add("*" + suffix));
    return hosts;
  }

  /** Retires what {@code next} no longer has. */
  void retireAllBut(IdentityTable next) {
    for (Identity identity : all) {
      if (!next.all.contains(identity)) {
        identity.retire();
      }
    }
  }
}
