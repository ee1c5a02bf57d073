package io.terminator.tls.certificate;

import io.terminator.tls.certificate.CredentialProblem.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AccessDescription;
import org.bouncycastle.asn1.x509.AuthorityInformationAccess;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509ContentVerifierProviderBuilder;
import org.jspecify.annotations.Nullable;

/** Sorts certificates from the leaf to the last issuer that is there, and names what is missing. */
final class ChainOrder {
  private ChainOrder() {}

  static List<X509CertificateHolder> sorted(
      X509CertificateHolder leaf,
      List<X509CertificateHolder> given,
      String place,
      Findings findings) {
    List<X509CertificateHolder> chain = new ArrayList<>(List.of(leaf));
    List<X509CertificateHolder> left = new ArrayList<>(given);
    left.removeIf(leaf::equals);
    X509CertificateHolder last = leaf;
    while (!isSelfIssued(last)) {
      X509CertificateHolder issuer = issuerOf(last, left);
      if (issuer == null) {
        break;
      }
      chain.add(issuer);
      left.removeIf(issuer::equals);
      last = issuer;
    }
    if (!given.subList(0, Math.min(given.size(), chain.size())).equals(chain)) {
      findings.add(
          Kind.CHAIN_ORDER,
          place,
          "certificates are not in the order leaf, issuer, issuer's issuer. They are served in that"
              + " order; expected to be written so");
    }
    for (X509CertificateHolder other : left) {
      findings.add(
          Kind.UNRELATED_CERTIFICATE,
          place,
          "\""
              + name(other.getSubject())
              + "\" issued no other certificate of this chain and is"
              + " left out");
    }
    if (!isSelfIssued(last) && (last == leaf || !left.isEmpty())) {
      findings.add(
          Kind.MISSING_INTERMEDIATE,
          place,
          "the issuer \""
              + name(last.getIssuer())
              + "\" of \""
              + name(last.getSubject())
              + "\" is not in the chain. Unless clients have it as a root, add its certificate"
              + " after the others"
              + whereIssuerIs(last));
    }
    return chain;
  }

  private static boolean isSelfIssued(X509CertificateHolder certificate) {
    return certificate.getSubject().equals(certificate.getIssuer());
  }

  private static @Nullable X509CertificateHolder issuerOf(
      X509CertificateHolder certificate, List<X509CertificateHolder> candidates) {
    for (X509CertificateHolder candidate : candidates) {
      if (candidate.getSubject().equals(certificate.getIssuer())
          && signed(candidate, certificate)) {
        return candidate;
      }
    }
    return null;
  }

  /** By key identifiers where both have one, since verifying 100,000 signatures takes a minute. */
  private static boolean signed(X509CertificateHolder issuer, X509CertificateHolder certificate) {
    byte[] wanted = null;
    byte[] own = null;
    if (certificate.getExtensions() != null && issuer.getExtensions() != null) {
      var authority = AuthorityKeyIdentifier.fromExtensions(certificate.getExtensions());
      var subject = SubjectKeyIdentifier.fromExtensions(issuer.getExtensions());
      wanted = authority == null ? null : authority.getKeyIdentifierOctets();
      own = subject == null ? null : subject.getKeyIdentifier();
    }
    if (wanted != null && own != null) {
      return Arrays.equals(wanted, own);
    }
    try {
      return certificate.isSignatureValid(
          new JcaX509ContentVerifierProviderBuilder().build(issuer));
    } catch (Exception e) {
      return false;
    }
  }

  private static String whereIssuerIs(X509CertificateHolder certificate) {
    if (certificate.getExtensions() == null) {
      return "";
    }
    var access = AuthorityInformationAccess.fromExtensions(certificate.getExtensions());
    if (access != null) {
      for (AccessDescription description : access.getAccessDescriptions()) {
        if (description.getAccessMethod().equals(AccessDescription.id_ad_caIssuers)
            && description.getAccessLocation().getTagNo()
                == GeneralName.uniformResourceIdentifier) {
          return " (the authority offers it at "
              + printable(description.getAccessLocation().getName().toString())
              + ")";
        }
      }
    }
    return "";
  }

  static String name(X500Name name) {
    String text = printable(name.toString());
    return text.isEmpty() ? "(empty name)" : text;
  }

  /**
   * Names come from whoever made the certificate: no control characters, no endless text into a
   * log.
   */
  static String printable(String text) {
    String line = text.replaceAll("[\\p{Cntrl}\"]", "?");
    return line.length() <= 200 ? line : line.substring(0, 200) + "...";
  }
}
