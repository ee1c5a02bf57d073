package io.terminator.tls.client;

import io.terminator.core.file.BoundedFile;
import io.terminator.core.file.UnfitFileException;
import io.terminator.core.setting.Quantity;
import io.terminator.tls.path.Anchors;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.cert.CRLException;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads files of trusted issuers and of CRLs. Blocks; never on a worker. */
public final class TrustFiles {
  /**
   * The field holds 64 KiB (RFC 8446 section 4.2.4), but Java rejects handshake messages above 32
   * KiB.
   */
  static final int MOST_NAME_BYTES = 30_000;

  /** The file, its decoded content, and the index of its entries, each before the last is freed. */
  private static final int CRL_HEAP_PER_BYTE = 3;

  private TrustFiles() {}

  /**
   * Parses certificates in PEM or DER. The exception's message states the problem of the file
   * without its name.
   */
  static List<X509Certificate> authorities(byte[] content) throws TrustException {
    try {
      List<X509Certificate> found = new ArrayList<>();
      for (Certificate one : factory().generateCertificates(new ByteArrayInputStream(content))) {
        X509Certificate certificate = (X509Certificate) one;
        if (certificate.getBasicConstraints() < 0) {
          throw new TrustException(
              "holds \""
                  + certificate.getSubjectX500Principal()
                  + "\", which is not a CA certificate");
        }
        found.add(certificate);
      }
      if (found.isEmpty()) {
        throw new TrustException("contains no certificate");
      }
      return found;
    } catch (java.security.cert.CertificateException damaged) {
      throw new TrustException("contains something other than a certificate in PEM or DER");
    }
  }

  /** Returns the anchors with the constraints in their own certificates. */
  static Anchors anchors(List<X509Certificate> authorities) throws TrustException {
    try {
      return Anchors.of(authorities);
    } catch (java.security.cert.CertificateException damaged) {
      throw new TrustException("cannot be used: " + damaged.getMessage());
    }
  }

  static List<RevocationList> revocations(byte[] content) throws TrustException {
    try {
      List<RevocationList> found = new ArrayList<>();
      for (DerElement one : DerElement.inFile(content)) {
        RevocationList list = new RevocationList(one);
        if (list.unknownExtension() != null) {
          throw new TrustException(
              "contains a CRL of \""
                  + list.issuer().getName()
                  + "\" with the critical "
                  + list.unknownExtension()
                  + ", which is not supported; such a CRL must not be used (RFC 5280 section 5.2)");
        }
        found.add(list);
      }
      if (found.isEmpty()) {
        throw new TrustException("contains no CRL");
      }
      return found;
    } catch (CRLException damaged) {
      throw new TrustException("contains something other than a CRL in PEM or DER");
    }
  }

  static List<X509Certificate> authorities(Path file) throws TrustException {
    return authorities(read(file, BoundedFile.HEAP_PER_BYTE));
  }

  static List<RevocationList> revocations(Path file) throws TrustException {
    return revocations(read(file, CRL_HEAP_PER_BYTE));
  }

  private static byte[] read(Path file, int heapPerByte) throws TrustException {
    try {
      return BoundedFile.read(file, BoundedFile.LARGE, heapPerByte);
    } catch (UnfitFileException unfit) {
      throw new TrustException(unfit.getReason());
    } catch (NoSuchFileException missing) {
      throw new TrustException("does not exist");
    } catch (IOException unreadable) {
      throw new TrustException("cannot be read by this user");
    }
  }

  /** The problem of a file of issuers; null if there is none. */
  public static @Nullable String problemOfAuthorities(Path file) {
    try {
      return anchors(authorities(file)).isEmpty() ? "is empty" : null;
    } catch (TrustException problem) {
      return problem.getMessage();
    }
  }

  /**
   * Why clients may not find the issuer of their certificate in such a file; null if there is no
   * reason.
   */
  public static @Nullable String warningOfAuthorities(Path file) {
    try {
      return warning(authorities(file));
    } catch (TrustException problem) {
      return null;
    }
  }

  static @Nullable String warning(List<X509Certificate> authorities) {
    int length = 0;
    for (X509Certificate each : authorities) {
      length += 2 + each.getSubjectX500Principal().getEncoded().length;
    }
    return length <= MOST_NAME_BYTES
        ? null
        : "has "
            + Quantity.of(authorities.size(), "CA")
            + " with "
            + length
            + " bytes of names. Clients reject a CertificateRequest with more than "
            + MOST_NAME_BYTES
            + ", so it contains no names, and a client with several certificates may choose the"
            + " wrong one";
  }

  /** The problem of a file of CRLs; null if there is none. */
  public static @Nullable String problemOfRevocations(Path file) {
    try {
      return revocations(file).isEmpty() ? "is empty" : null;
    } catch (TrustException problem) {
      return problem.getMessage();
    }
  }

  /** Converts to PEM, the only format that BoringSSL reads. */
  static byte[] pem(List<X509Certificate> certificates) {
    StringBuilder pem = new StringBuilder();
    java.util.Base64.Encoder lines = java.util.Base64.getMimeEncoder(64, new byte[] {'\n'});
    try {
      for (X509Certificate certificate : certificates) {
        pem.append("-----BEGIN CERTIFICATE-----\n")
            .append(lines.encodeToString(certificate.getEncoded()))
            .append("\n-----END CERTIFICATE-----\n");
      }
    } catch (java.security.cert.CertificateEncodingException impossible) {
      throw new IllegalStateException("a certificate that was read", impossible);
    }
    return pem.toString().getBytes(StandardCharsets.US_ASCII);
  }

  static CertificateFactory factory() {
    try {
      return CertificateFactory.getInstance("X.509");
    } catch (java.security.cert.CertificateException impossible) {
      throw new IllegalStateException("every JDK reads X.509", impossible);
    }
  }
}
