package io.terminator.tls.client;

import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.security.auth.x500.X500Principal;

/** Revocation lists as one published value. A list is believed once its issuer's key has verified it. Any worker. */
final class Revocations {
  static final Revocations NONE = new Revocations(List.of());

  private final List<Entry> entries;

  private record Entry(X509CRL list, X500Principal issuer, Set<PublicKey> verifiedBy) {}

  Revocations(List<X509CRL> lists) {
    entries =
        lists.stream()
            .map(
                list ->
                    new Entry(list, list.getIssuerX500Principal(), ConcurrentHashMap.newKeySet()))
            .toList();
  }

  /** An expired list still counts: what it revokes does not become good again. */
  boolean revokes(X509Certificate certificate, PublicKey issuerKey) {
    for (Entry entry : entries) {
      if (entry.issuer().equals(certificate.getIssuerX500Principal())
          && entry.list().isRevoked(certificate)
          && isFrom(entry, issuerKey)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isFrom(Entry entry, PublicKey key) {
    if (entry.verifiedBy().contains(key)) {
      return true;
    }
    try {
      entry.list().verify(key);
      entry.verifiedBy().add(key);
      return true;
    } catch (GeneralSecurityException another) {
      // Of another authority with the same name.
      return false;
    }
  }
}
