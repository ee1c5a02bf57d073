package io.terminator.testkit;

import io.terminator.testkit.CertificateForge.Forged;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.x509.Time;
import org.bouncycastle.operator.DefaultSignatureAlgorithmIdentifierFinder;

/** Writes a CRL as bytes: a builder takes a kilobyte for each entry. */
final class LargeRevocationList {
  private static final int SEQUENCE = 0x30;
  private static final int LONG_LENGTH = 0x84;

  private LargeRevocationList() {}

  static byte[] encoded(Forged issuer, Instant from, int count, BigInteger last) {
    try {
      byte[] date = new Time(Date.from(from)).getEncoded();
      ByteArrayOutputStream entries = new ByteArrayOutputStream();
      BigInteger first = BigInteger.ONE.shiftLeft(64);
      for (int i = 0; i < count; i++) {
        write(entry(first.add(BigInteger.valueOf(i)), date), entries);
      }
      write(entry(last, date), entries);
      String name = CertificateMint.signature(issuer.key().getPrivate());
      byte[] algorithm = new DefaultSignatureAlgorithmIdentifierFinder().find(name).getEncoded();
      byte[] signed =
          sequence(
              new ASN1Integer(1).getEncoded(),
              algorithm,
              issuer.name().getEncoded(),
              date,
              new Time(Date.from(from.plus(Duration.ofDays(7)))).getEncoded(),
              sequence(entries.toByteArray()));
      Signature signature = Signature.getInstance(name);
      signature.initSign(issuer.key().getPrivate());
      signature.update(signed);
      return sequence(signed, algorithm, new DERBitString(signature.sign()).getEncoded());
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("cannot forge a list", e);
    }
  }

  private static byte[] entry(BigInteger serial, byte[] date) throws IOException {
    byte[] number = new ASN1Integer(serial).getEncoded();
    ByteArrayOutputStream entry = new ByteArrayOutputStream();
    entry.write(SEQUENCE);
    entry.write(number.length + date.length);
    write(number, entry);
    write(date, entry);
    return entry.toByteArray();
  }

  private static byte[] sequence(byte[]... parts) {
    int length = 0;
    for (byte[] part : parts) {
      length += part.length;
    }
    ByteArrayOutputStream whole = new ByteArrayOutputStream(length + 6);
    whole.write(SEQUENCE);
    whole.write(LONG_LENGTH);
    for (int shift = 24; shift >= 0; shift -= 8) {
      whole.write(length >>> shift);
    }
    for (byte[] part : parts) {
      write(part, whole);
    }
    return whole.toByteArray();
  }

  private static void write(byte[] bytes, ByteArrayOutputStream to) {
    to.write(bytes, 0, bytes.length);
  }
}
