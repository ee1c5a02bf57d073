package io.terminator.tls.certificate.reader;

import java.io.IOException;
import java.util.Arrays;
import org.bouncycastle.asn1.ASN1InputStream;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1Sequence;

/** Detects the format of a binary file from the structure of its outermost elements. */
enum DerFormat {
  CERTIFICATE,
  PKCS12,
  PKCS8,
  ENCRYPTED_PKCS8,
  PKCS1,
  SEC1,
  /** A Bouncy Castle key store. */
  BCFKS,
  CUT_OFF,
  UNKNOWN;

  private static final int SEQUENCE = 0x30;
  private static final int INDEFINITE = 0x80;

  static DerFormat of(byte[] content) {
    if (content.length < 2 || content[0] != SEQUENCE) {
      return UNKNOWN;
    }
    if ((content[1] & 0xff) != INDEFINITE && length(content) > content.length) {
      return CUT_OFF;
    }
    try {
      ASN1Sequence outer = ASN1Sequence.getInstance(firstObject(content));
      if (outer.size() < 2) {
        return UNKNOWN;
      }
      ASN1Primitive first = outer.getObjectAt(0).toASN1Primitive();
      ASN1Primitive second = outer.getObjectAt(1).toASN1Primitive();
      if (first instanceof ASN1Integer version) {
        return numbered(version, second, outer.size());
      }
      if (first instanceof ASN1Sequence && second instanceof ASN1OctetString) {
        return ENCRYPTED_PKCS8;
      }
      if (first instanceof ASN1Sequence encrypted
          && second instanceof ASN1Sequence
          && outer.size() == 2
          && encrypted.size() == 2
          && encrypted.getObjectAt(1) instanceof ASN1OctetString) {
        return BCFKS;
      }
      return first instanceof ASN1Sequence && outer.size() == 3 ? CERTIFICATE : UNKNOWN;
    } catch (IOException | RuntimeException e) {
      return UNKNOWN;
    }
  }

  private static DerFormat numbered(ASN1Integer version, ASN1Primitive second, int size) {
    if (version.hasValue(3) && second instanceof ASN1Sequence) {
      return PKCS12;
    }
    if (second instanceof ASN1Sequence) {
      return PKCS8;
    }
    if (second instanceof ASN1OctetString) {
      return SEC1;
    }
    return second instanceof ASN1Integer && size >= 9 ? PKCS1 : UNKNOWN;
  }

  /**
   * The length of the first element with its header; a long, because four length bytes can encode
   * up to 4 GiB.
   */
  private static long length(byte[] content) {
    int first = content[1] & 0xff;
    if (first < INDEFINITE) {
      return 2 + first;
    }
    int octets = first - INDEFINITE;
    if (octets > 4 || content.length < 2 + octets) {
      return Long.MAX_VALUE;
    }
    long length = 0;
    for (int i = 0; i < octets; i++) {
      length = length << 8 | content[2 + i] & 0xff;
    }
    return 2 + octets + length;
  }

  /** The encoding of the first element; a "trusted certificate" has more data after it. */
  static byte[] firstObject(byte[] der) throws IOException {
    if (der.length > 2 && der[0] == SEQUENCE && (der[1] & 0xff) != INDEFINITE) {
      long length = length(der);
      if (length <= der.length) {
        return length == der.length ? der : Arrays.copyOf(der, (int) length);
      }
      throw new IOException("cut off");
    }
    try (ASN1InputStream in = new ASN1InputStream(der)) {
      ASN1Primitive object = in.readObject();
      if (object == null) {
        throw new IOException("nothing");
      }
      return object.getEncoded();
    }
  }
}
