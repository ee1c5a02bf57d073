package io.terminator.tls.client;

import java.security.cert.CRLException;
import java.util.Arrays;
import java.util.Set;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.jspecify.annotations.Nullable;

/**
 * An entry of a CRL (RFC 5280 section 5.3), in the encoding of the CRL. {@code extensions} is null
 * if it has none.
 */
record RevocationEntry(int start, DerElement serial, @Nullable DerElement extensions, int end) {
  /** Reason, invalidity date, certificate issuer: the last bytes of 2.5.29.x. */
  private static final int REASON = 21;

  private static final int ISSUER = 29;
  private static final Set<Integer> KNOWN = Set.of(REASON, 24, ISSUER);

  /** An enumerated value of 8. */
  private static final byte[] REMOVAL = {0x0a, 1, 8};

  static RevocationEntry at(byte[] source, int start, int limit) throws CRLException {
    DerElement whole = DerElement.at(source, start, limit).expect(DerElement.SEQUENCE);
    DerElement serial = whole.first().expect(DerElement.INTEGER);
    if (serial.length() == 0
        || serial.length() > 1 && source[serial.body()] == source[serial.body() + 1] >> 7) {
      throw new CRLException("a serial number that is not minimal");
    }
    DerElement date = serial.nextIn(whole);
    if (!date.isTime()) {
      throw new CRLException("an entry without a date");
    }
    DerElement extensions = null;
    if (!date.isLastIn(whole)) {
      extensions = date.nextIn(whole).expect(DerElement.SEQUENCE);
      if (!extensions.isLastIn(whole)) {
        throw new CRLException("more than an entry");
      }
    }
    return new RevocationEntry(start, serial, extensions, whole.end());
  }

  int hash() {
    return hash(serial.source(), serial.body(), serial.end());
  }

  static int hash(byte[] bytes, int from, int to) {
    int hash = 0;
    for (int i = from; i < to; i++) {
      hash = hash * 31 + bytes[i];
    }
    return hash;
  }

  boolean isOf(byte[] wanted) {
    return Arrays.equals(serial.source(), serial.body(), serial.end(), wanted, 0, wanted.length);
  }

  boolean isRemoval() throws CRLException {
    DerElement reason = extension(REASON);
    return reason != null
        && Arrays.equals(reason.source(), reason.body(), reason.end(), REMOVAL, 0, REMOVAL.length);
  }

  /** The value of the extension with the issuer of this and the next certificates. */
  @Nullable DerElement issuer() throws CRLException {
    return extension(ISSUER);
  }

  private @Nullable DerElement extension(int wanted) throws CRLException {
    DerElement all = extensions;
    if (all == null) {
      return null;
    }
    for (int at = all.body(); at < all.end(); ) {
      DerElement each = DerElement.at(all.source(), at, all.end());
      DerElement id = each.first();
      if (known(id) == wanted) {
        DerElement next = id.nextIn(each);
        return next.isLastIn(each) ? next : next.nextIn(each);
      }
      at = each.end();
    }
    return null;
  }

  /**
   * The object identifier of a critical extension that is not understood; null if none is. Reads
   * all extensions.
   */
  @Nullable String unknownExtension() throws CRLException {
    DerElement all = extensions;
    if (all == null) {
      return null;
    }
    String unknown = null;
    for (int at = all.body(); at < all.end(); ) {
      DerElement each = DerElement.at(all.source(), at, all.end()).expect(DerElement.SEQUENCE);
      DerElement id = each.first().expect(DerElement.OBJECT_ID);
      DerElement next = id.nextIn(each);
      boolean isCritical = false;
      if (next.tag() == DerElement.BOOLEAN) {
        isCritical = next.length() == 1 && next.source()[next.body()] != 0;
        next = next.nextIn(each);
      }
      if (!next.expect(DerElement.OCTETS).isLastIn(each)) {
        throw new CRLException("more than an extension");
      }
      if (isCritical && unknown == null && !KNOWN.contains(known(id))) {
        unknown = words(id);
      }
      at = each.end();
    }
    return unknown;
  }

  /** The x of 2.5.29.x; -1 for another object identifier. */
  private static int known(DerElement id) {
    byte[] source = id.source();
    return id.length() == 3 && source[id.body()] == 0x55 && source[id.body() + 1] == 0x1d
        ? source[id.body() + 2]
        : -1;
  }

  private static String words(DerElement id) throws CRLException {
    try {
      return ASN1ObjectIdentifier.fromContents(Arrays.copyOfRange(id.source(), id.body(), id.end()))
          .getId();
    } catch (IllegalArgumentException malformed) {
      throw new CRLException("an object identifier", malformed);
    }
  }
}
