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
import java.security.cert.CRL;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509CRLEntry;
import java.security.cert.X509Certificate;
import java.security.cert.X509Extension;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads files of trusted issuers and of CRLs. Blocks; never on a worker. */
public final class TrustFiles {
  /**
   * The field holds 64 KiB (RFC 8446 section 4.2.4), but Java rejects handshake messages above 32
   * KiB.
   */
  static final int MOST_NAME_BYTES = 30_000;

  /** RFC 5280 section 5.2: key identifier, names, number, delta, distribution points. */
  private static final Set<String> LIST_EXTENSIONS =
      Set.of("2.5.29.35", "2.5.29.18", "2.5.29.20", "2.5.29.27", "2.5.29.28", "2.5.29.46");

  /** RFC 5280 section 5.3: reason, invalidity date, certificate issuer. */
  private static final Set<String> ENTRY_EXTENSIONS = Set.of("2.5.29.21", "2.5.29.24", "2.5.29.29");

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

  static List<X509CRL> revocations(byte[] content) throws TrustException {
    try {
      List<X509CRL> found = new ArrayList<>();
      for (CRL one : factory().generateCRLs(new ByteArrayInputStream(content))) {
        X509CRL list = (X509CRL) one;
        String unsupported = unsupported(list);
        if (unsupported != null) {
          throw new TrustException(
              "contains a CRL of \""
                  + list.getIssuerX500Principal().getName()
                  + "\" with the critical "
                  + unsupported
                  + ", which is not supported; such a CRL must not be used (RFC 5280 section 5.2)");
        }
        found.add(list);
      }
      if (found.isEmpty()) {
        throw new TrustException("contains no CRL");
      }
      return found;
    } catch (java.security.GeneralSecurityException damaged) {
      throw new TrustException("contains something other than a CRL in PEM or DER");
    }
  }

  /** The first critical extension that is not understood; null if there is none. */
  private static @Nullable String unsupported(X509CRL list) {
    if (list.hasUnsupportedCriticalExtension()) {
      return "extension " + unknown(list, LIST_EXTENSIONS);
    }
    Set<? extends X509CRLEntry> entries = list.getRevokedCertificates();
    if (entries != null) {
      for (X509CRLEntry entry : entries) {
        if (entry.hasUnsupportedCriticalExtension()) {
          return "entry extension " + unknown(entry, ENTRY_EXTENSIONS);
        }
      }
    }
    return null;
  }

  private static String unknown(X509Extension extended, Set<String> known) {
    Set<String> critical = extended.getCriticalExtensionOIDs();
    return critical == null
        ? ""
        : critical.stream().filter(oid -> !known.contains(oid)).sorted().findFirst().orElse("");
  }

  static byte[] read(Path file) throws TrustException {
    try {
      return BoundedFile.read(file, BoundedFile.LARGE);
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
      return anchors(authorities(read(file))).isEmpty() ? "is empty" : null;
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
      return warning(authorities(read(file)));
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
      return revocations(read(file)).isEmpty() ? "is empty" : null;
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
