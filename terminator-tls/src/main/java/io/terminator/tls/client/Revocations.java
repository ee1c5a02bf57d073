package io.terminator.tls.client;

import io.terminator.tls.client.RevocationList.Mark;
import io.terminator.tls.path.PathProblem;
import io.terminator.tls.path.PathSearch;
import java.math.BigInteger;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x509.IssuingDistributionPoint;
import org.jspecify.annotations.Nullable;

/**
 * CRLs as one published value. A list is used only after a key of its issuer has verified it. Of
 * the lists with the same scope, only the newest applies: certificates that it no longer contains
 * were removed from it (RFC 5280 sections 5.3.1 and 6.3.3). If none is signed by the key that
 * signed a certificate, those that other keys of the same issuer have signed apply. Any worker.
 */
final class Revocations implements PathSearch.Acceptance {
  static final Revocations NONE = new Revocations(List.of());

  private static final String NUMBER = "2.5.29.20";
  private static final String DELTA_OF = "2.5.29.27";
  private static final String SCOPE = "2.5.29.28";

  /** By issuer, then by scope; the newest first. */
  private final Map<X500Principal, Map<Scope, Lists>> byIssuer = new HashMap<>();

  private final List<Entry> entries = new ArrayList<>();

  /**
   * The scope of an issuing distribution point, as its encoding; empty for all certificates of the
   * issuer.
   */
  private record Scope(List<Byte> point) {
    static Scope of(RevocationList list) {
      byte[] extension = list.extension(SCOPE);
      List<Byte> bytes = new ArrayList<>();
      if (extension != null) {
        for (byte each : extension) {
          bytes.add(each);
        }
      }
      return new Scope(bytes);
    }

    boolean isIndirect() {
      IssuingDistributionPoint parsed = parsed();
      return parsed != null && parsed.isIndirectCRL();
    }

    boolean isOfAttributes() {
      IssuingDistributionPoint parsed = parsed();
      return parsed != null && parsed.onlyContainsAttributeCerts();
    }

    private @Nullable IssuingDistributionPoint parsed() {
      if (point.isEmpty()) {
        return null;
      }
      byte[] extension = new byte[point.size()];
      for (int i = 0; i < extension.length; i++) {
        extension[i] = point.get(i);
      }
      try {
        return IssuingDistributionPoint.getInstance(
            ASN1OctetString.getInstance(extension).getOctets());
      } catch (IllegalArgumentException malformed) {
        return null;
      }
    }
  }

  private record Lists(List<Entry> complete, List<Entry> deltas) {
    Stream<Entry> all() {
      return Stream.concat(complete.stream(), deltas.stream());
    }

    /** Whether {@code issuer} has signed one of them with {@code key}. */
    boolean isFrom(X500Principal issuer, PublicKey key) {
      return all().anyMatch(entry -> entry.isOf(issuer) && entry.isFrom(key));
    }

    /**
     * The keys that have signed CRLs of others than {@code own}. They are those of the issuers of
     * indirect CRLs and, without {@code own}, an issuer's keys before and after the one that has
     * signed a certificate.
     */
    Set<PublicKey> otherKeys(@Nullable X500Principal own) {
      Set<PublicKey> keys = new HashSet<>();
      all()
          .filter(entry -> own == null || !entry.isOf(own))
          .forEach(
              entry ->
                  entry
                      .verified()
                      .forEach(
                          (key, is) -> {
                            if (is) {
                              keys.add(key);
                            }
                          }));
      return keys;
    }
  }

  /**
   * {@code base} is the number of the complete CRL that a delta CRL belongs to; null for a complete
   * CRL.
   */
  private record Entry(
      RevocationList list,
      @Nullable BigInteger number,
      @Nullable BigInteger base,
      Map<PublicKey, Boolean> verified) {

    boolean isOf(X500Principal issuer) {
      return list.issuer().equals(issuer);
    }

    boolean isFrom(PublicKey key) {
      Boolean known = verified.get(key);
      if (known != null) {
        return known;
      }
      boolean is = list.isSignedBy(key);
      verified.put(key, is);
      return is;
    }

    @Nullable Mark find(X509Certificate certificate) {
      return list.find(certificate.getIssuerX500Principal(), certificate.getSerialNumber());
    }

    boolean isNewerThan(Entry other) {
      BigInteger mine = number;
      BigInteger its = other.number;
      int order = mine == null || its == null ? 0 : mine.compareTo(its);
      return order != 0 ? order > 0 : list.thisUpdate().after(other.list.thisUpdate());
    }
  }

  Revocations(List<RevocationList> lists) {
    for (RevocationList list : lists) {
      Entry entry =
          new Entry(list, number(list, NUMBER), number(list, DELTA_OF), new ConcurrentHashMap<>());
      entries.add(entry);
      Scope scope = Scope.of(list);
      if (scope.isOfAttributes()) {
        // The serial numbers are not those of the certificates that clients present.
        continue;
      }
      for (X500Principal issuer : issuers(list, scope)) {
        Lists same =
            byIssuer
                .computeIfAbsent(issuer, name -> new HashMap<>())
                .computeIfAbsent(scope, point -> new Lists(new ArrayList<>(), new ArrayList<>()));
        (entry.base() == null ? same.complete() : same.deltas()).add(entry);
      }
    }
    Comparator<Entry> newest =
        (one, other) -> one.isNewerThan(other) ? -1 : other.isNewerThan(one) ? 1 : 0;
    byIssuer.values().stream()
        .flatMap(scopes -> scopes.values().stream())
        .forEach(
            scope -> {
              scope.complete().sort(newest);
              scope.deltas().sort(newest);
            });
  }

  /** An indirect CRL names the issuers of other certificates (RFC 5280 section 5.3.3). */
  private static Set<X500Principal> issuers(RevocationList list, Scope scope) {
    Set<X500Principal> issuers = new HashSet<>();
    issuers.add(list.issuer());
    if (scope.isIndirect()) {
      issuers.addAll(list.otherIssuers());
    }
    return issuers;
  }

  private static @Nullable BigInteger number(RevocationList list, String oid) {
    byte[] extension = list.extension(oid);
    if (extension == null) {
      return null;
    }
    try {
      return ASN1Integer.getInstance(ASN1OctetString.getInstance(extension).getOctets()).getValue();
    } catch (IllegalArgumentException malformed) {
      return BigInteger.ZERO;
    }
  }

  /**
   * Learns keys of {@code issuer} in advance, so that no worker has to verify large CRLs. Blocks.
   */
  void learn(X500Principal issuer, List<PublicKey> keys) {
    for (Entry entry : entries) {
      if (entry.isOf(issuer)) {
        keys.forEach(entry::isFrom);
      }
    }
  }

  /** The keys of {@code issuer} that were used to verify CRLs, with any result. */
  List<PublicKey> keysOf(X500Principal issuer) {
    List<PublicKey> keys = new ArrayList<>();
    for (Entry entry : entries) {
      if (entry.isOf(issuer)) {
        entry.verified().keySet().stream().filter(key -> !keys.contains(key)).forEach(keys::add);
      }
    }
    return keys;
  }

  /** Whether a newer CRL of the same key and scope replaces {@code list}. */
  boolean isSuperseded(RevocationList list) {
    for (Entry entry : entries) {
      if (entry.list() == list) {
        Lists scope =
            byIssuer
                .getOrDefault(list.issuer(), Map.of())
                .getOrDefault(Scope.of(list), new Lists(List.of(), List.of()));
        List<Entry> rivals = entry.base() == null ? scope.complete() : scope.deltas();
        return rivals.stream()
            .anyMatch(
                rival ->
                    rival.isNewerThan(entry)
                        && entry.verified().keySet().stream()
                            .anyMatch(key -> entry.isFrom(key) && rival.isFrom(key)));
      }
    }
    return false;
  }

  /**
   * Whether {@code list} is a delta CRL that no complete CRL of the same key leads up to, with the
   * delta CRLs between them (RFC 5280 section 5.2.4): what was revoked before it is not known.
   */
  boolean lacksBase(RevocationList list) {
    for (Entry entry : entries) {
      if (entry.list() == list && entry.base() != null) {
        Lists scope =
            byIssuer
                .getOrDefault(list.issuer(), Map.of())
                .getOrDefault(Scope.of(list), new Lists(List.of(), List.of()));
        return entry.verified().keySet().stream()
            .anyMatch(key -> entry.isFrom(key) && !isReached(scope, entry, key));
      }
    }
    return false;
  }

  private static boolean isReached(Lists scope, Entry delta, PublicKey key) {
    Entry complete = newest(scope.complete(), key);
    if (complete == null || complete.isNewerThan(delta)) {
      return complete != null;
    }
    Entry state = complete;
    for (int i = scope.deltas().size() - 1; i >= 0; i--) {
      Entry next = scope.deltas().get(i);
      boolean follows = isBasedOn(next, state);
      if (next.list() == delta.list()) {
        return follows;
      }
      if (follows && next.isFrom(key) && !complete.isNewerThan(next)) {
        state = next;
      }
    }
    return false;
  }

  /** Whether keys of the issuer of {@code list} are known and none of them has signed it. */
  boolean isForeign(RevocationList list) {
    for (Entry entry : entries) {
      if (entry.list() == list) {
        return !entry.verified().isEmpty() && !entry.verified().containsValue(true);
      }
    }
    return false;
  }

  @Override
  public @Nullable PathProblem problem(List<X509Certificate> path, PublicKey anchorKey) {
    for (int i = 0; i < path.size(); i++) {
      PublicKey issuer = i + 1 < path.size() ? path.get(i + 1).getPublicKey() : anchorKey;
      if (revokes(path.get(i), issuer)) {
        return PathProblem.REVOKED;
      }
    }
    return null;
  }

  /** An expired CRL still applies: the certificates that it revokes stay revoked. */
  private boolean revokes(X509Certificate certificate, PublicKey issuerKey) {
    Map<Scope, Lists> scopes = byIssuer.get(certificate.getIssuerX500Principal());
    if (scopes == null) {
      return false;
    }
    X500Principal issuer = certificate.getIssuerX500Principal();
    boolean own = scopes.values().stream().anyMatch(scope -> scope.isFrom(issuer, issuerKey));
    for (Lists scope : scopes.values()) {
      if (own && revokes(scope, certificate, issuerKey)) {
        return true;
      }
      for (PublicKey other : scope.otherKeys(own ? issuer : null)) {
        if (revokes(scope, certificate, other)) {
          return true;
        }
      }
    }
    return false;
  }

  /**
   * Whether the newest complete CRL of this scope and key, with the changes of the delta CRLs after
   * it, contains {@code certificate}.
   */
  private static boolean revokes(Lists scope, X509Certificate certificate, PublicKey key) {
    Entry complete = newest(scope.complete(), key);
    boolean revoked = complete != null && complete.find(certificate) == Mark.REVOKED;
    // Of what state the deltas up to here are a complete account.
    Entry state = complete;
    for (int i = scope.deltas().size() - 1; i >= 0; i--) {
      Entry delta = scope.deltas().get(i);
      if (!delta.isFrom(key) || complete != null && complete.isNewerThan(delta)) {
        continue;
      }
      boolean follows = state != null && isBasedOn(delta, state);
      Mark changed = delta.find(certificate);
      if (changed == Mark.REVOKED) {
        revoked = true;
      } else if (changed == Mark.REMOVED && follows) {
        revoked = false;
      }
      if (follows) {
        state = delta;
      }
    }
    return revoked;
  }

  /** Only such a delta CRL may remove a certificate (RFC 5280 section 5.2.4). */
  private static boolean isBasedOn(Entry delta, Entry state) {
    BigInteger base = delta.base();
    BigInteger number = state.number();
    return base != null && number != null && base.compareTo(number) <= 0;
  }

  private static @Nullable Entry newest(List<Entry> sorted, PublicKey issuerKey) {
    for (Entry entry : sorted) {
      if (entry.isFrom(issuerKey)) {
        return entry;
      }
    }
    return null;
  }
}
