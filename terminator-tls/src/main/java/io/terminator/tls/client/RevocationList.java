package io.terminator.tls.client;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CRLException;
import java.security.cert.X509CRL;
import java.security.spec.PSSParameterSpec;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/**
 * A CRL as its encoding and an index of its serial numbers: 8 bytes for each entry beside the 20 to
 * 50 of its encoding. The JDK parses everything but the entries, for each of which it makes several
 * objects: 12 to 18 times the size of the file. Immutable; any thread.
 */
final class RevocationList {
  /** RFC 5280 section 5.2: key identifier, names, number, delta, distribution points. */
  private static final Set<String> KNOWN_EXTENSIONS =
      Set.of("2.5.29.35", "2.5.29.18", "2.5.29.20", "2.5.29.27", "2.5.29.28", "2.5.29.46");

  /** What an entry says about its certificate. */
  enum Mark {
    REVOKED,
    /** {@code removeFromCRL} (RFC 5280 section 5.3.1). */
    REMOVED
  }

  /** The CRL without its entries. */
  private final X509CRL head;

  private final DerElement signed;

  /**
   * For each entry, the hash of its serial number in the upper half and its position in the lower;
   * sorted.
   */
  private final long[] index;

  private final CertificateIssuers issuers;
  private final @Nullable String unknownExtension;

  /** Takes {@code encoding} over, which holds one CRL. */
  static RevocationList of(byte[] encoding) throws CRLException {
    DerElement whole = DerElement.at(encoding, 0, encoding.length);
    if (whole.end() != encoding.length) {
      throw new CRLException("more than one element");
    }
    return new RevocationList(whole);
  }

  RevocationList(DerElement whole) throws CRLException {
    this.signed = whole.expect(DerElement.SEQUENCE).first().expect(DerElement.SEQUENCE);
    DerElement entries = entries(signed);
    this.head = parsed(entries == null ? copy(whole) : without(entries, signed, whole));
    Set<String> unknown = head.getCriticalExtensionOIDs();
    unknown = unknown == null ? new TreeSet<>() : new TreeSet<>(unknown);
    unknown.removeAll(KNOWN_EXTENSIONS);
    this.issuers = new CertificateIssuers(head.getIssuerX500Principal());
    String unknownOfEntry = null;
    int count = 0;
    if (entries != null) {
      for (int at = entries.body(); at < entries.end(); count++) {
        RevocationEntry entry = RevocationEntry.at(signed.source(), at, entries.end());
        unknownOfEntry = unknownOfEntry == null ? entry.unknownExtension() : unknownOfEntry;
        issuers.add(entry);
        at = entry.end();
      }
    }
    this.index = new long[count];
    if (entries != null) {
      int i = 0;
      for (int at = entries.body(); at < entries.end(); i++) {
        RevocationEntry entry = RevocationEntry.at(signed.source(), at, entries.end());
        index[i] = (long) entry.hash() << Integer.SIZE | at;
        at = entry.end();
      }
    }
    Arrays.sort(index);
    this.unknownExtension =
        !unknown.isEmpty()
            ? "extension " + unknown.iterator().next()
            : unknownOfEntry == null ? null : "entry extension " + unknownOfEntry;
  }

  /** RFC 5280 section 5.1: they follow one or two times. */
  private static @Nullable DerElement entries(DerElement signed) throws CRLException {
    DerElement each = signed.first();
    while (!each.isTime()) {
      each = each.nextIn(signed);
    }
    if (!each.isLastIn(signed)) {
      each = each.nextIn(signed);
    }
    if (each.isTime() && !each.isLastIn(signed)) {
      each = each.nextIn(signed);
    }
    return each.tag() == DerElement.SEQUENCE ? each : null;
  }

  private static byte[] copy(DerElement element) {
    return Arrays.copyOfRange(element.source(), element.start(), element.end());
  }

  private static byte[] without(DerElement entries, DerElement signed, DerElement whole) {
    ByteArrayOutputStream inner = new ByteArrayOutputStream();
    inner.write(signed.source(), signed.body(), entries.start() - signed.body());
    inner.write(signed.source(), entries.end(), signed.end() - entries.end());
    ByteArrayOutputStream outer = new ByteArrayOutputStream();
    writeHeader(inner.size(), outer);
    outer.writeBytes(inner.toByteArray());
    outer.write(signed.source(), signed.end(), whole.end() - signed.end());
    ByteArrayOutputStream encoding = new ByteArrayOutputStream();
    writeHeader(outer.size(), encoding);
    encoding.writeBytes(outer.toByteArray());
    return encoding.toByteArray();
  }

  private static void writeHeader(int length, ByteArrayOutputStream to) {
    to.write(DerElement.SEQUENCE);
    if (length < 0x80) {
      to.write(length);
      return;
    }
    int bytes = (Integer.SIZE - Integer.numberOfLeadingZeros(length) + 7) / 8;
    to.write(0x80 | bytes);
    for (int i = bytes - 1; i >= 0; i--) {
      to.write(length >>> 8 * i);
    }
  }

  private static X509CRL parsed(byte[] encoding) throws CRLException {
    return (X509CRL) TrustFiles.factory().generateCRL(new ByteArrayInputStream(encoding));
  }

  X500Principal issuer() {
    return head.getIssuerX500Principal();
  }

  /** The issuers of the certificates that it revokes, beside its own. */
  List<X500Principal> otherIssuers() {
    return issuers.others();
  }

  Date thisUpdate() {
    return head.getThisUpdate();
  }

  @Nullable Date nextUpdate() {
    return head.getNextUpdate();
  }

  byte @Nullable [] extension(String oid) {
    return head.getExtensionValue(oid);
  }

  /** The first critical extension that is not understood, with its kind; null if there is none. */
  @Nullable String unknownExtension() {
    return unknownExtension;
  }

  int size() {
    return index.length;
  }

  /** The last entry of the certificate; null if there is none. */
  @Nullable Mark find(X500Principal issuer, BigInteger serial) {
    byte[] wanted = serial.toByteArray();
    int hash = RevocationEntry.hash(wanted, 0, wanted.length);
    int at = Arrays.binarySearch(index, (long) hash << Integer.SIZE | Integer.MAX_VALUE);
    at = at < 0 ? -at - 2 : at;
    try {
      for (; at >= 0 && (int) (index[at] >> Integer.SIZE) == hash; at--) {
        int position = (int) index[at];
        RevocationEntry entry = RevocationEntry.at(signed.source(), position, signed.end());
        if (entry.isOf(wanted) && issuers.at(position).equals(issuer)) {
          return entry.isRemoval() ? Mark.REMOVED : Mark.REVOKED;
        }
      }
      return null;
    } catch (CRLException impossible) {
      throw new IllegalStateException("an entry that was read", impossible);
    }
  }

  /** Whether {@code key} has signed it. Hashes the whole CRL. */
  boolean isSignedBy(PublicKey key) {
    try {
      Signature signature = Signature.getInstance(head.getSigAlgName());
      byte[] parameters = head.getSigAlgParams();
      if (parameters != null && head.getSigAlgName().equals("RSASSA-PSS")) {
        AlgorithmParameters pss = AlgorithmParameters.getInstance("RSASSA-PSS");
        pss.init(parameters);
        signature.setParameter(pss.getParameterSpec(PSSParameterSpec.class));
      }
      signature.initVerify(key);
      signature.update(signed.source(), signed.start(), signed.end() - signed.start());
      return signature.verify(head.getSignature());
    } catch (GeneralSecurityException | java.io.IOException another) {
      // The CRL is of another authority with the same name, or of a replaced key.
      return false;
    }
  }
}
