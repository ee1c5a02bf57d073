package io.terminator.tls.client;

import java.security.cert.CRLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/**
 * The issuers of the certificates in an indirect CRL: an entry names the issuer for itself and for
 * those after it (RFC 5280 section 5.3.3).
 */
final class CertificateIssuers {
  private static final int DIRECTORY_NAME = 0xa4;

  private final List<X500Principal> issuers = new ArrayList<>();

  /** From which position in the CRL each of {@link #issuers} applies. */
  private int[] from = new int[1];

  private final Map<X500Principal, X500Principal> same = new HashMap<>();
  private @Nullable DerElement last;

  CertificateIssuers(X500Principal own) {
    issuers.add(own);
  }

  /** Entries are added in the order of the CRL. */
  void add(RevocationEntry entry) throws CRLException {
    DerElement names = entry.issuer();
    if (names == null || isLast(names)) {
      return;
    }
    last = names;
    if (issuers.size() == from.length) {
      from = Arrays.copyOf(from, from.length * 2);
    }
    from[issuers.size()] = entry.start();
    X500Principal name = name(names);
    issuers.add(same.computeIfAbsent(name, known -> known));
  }

  private boolean isLast(DerElement names) {
    DerElement known = last;
    return known != null
        && Arrays.equals(
            known.source(), known.body(), known.end(), names.source(), names.body(), names.end());
  }

  private static X500Principal name(DerElement names) throws CRLException {
    DerElement all = names.first().expect(DerElement.SEQUENCE);
    DerElement first = all.first().expect(DIRECTORY_NAME).first();
    try {
      return new X500Principal(Arrays.copyOfRange(first.source(), first.start(), first.end()));
    } catch (IllegalArgumentException malformed) {
      throw new CRLException("a name", malformed);
    }
  }

  /** The issuer for the entry at {@code position}. */
  X500Principal at(int position) {
    int found = Arrays.binarySearch(from, 0, issuers.size(), position);
    return issuers.get(found < 0 ? -found - 2 : found);
  }

  List<X500Principal> others() {
    return List.copyOf(same.keySet());
  }
}
