package io.terminator.tls.certificate.reader;

import io.terminator.tls.certificate.credential.CredentialProblem.Kind;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AccessDescription;
import org.bouncycastle.asn1.x509.AuthorityInformationAccess;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.jspecify.annotations.Nullable;

/** Sorts certificates from the leaf to the last available issuer and reports missing ones. */
public final class ChainOrder {
  private ChainOrder() {}

  static List<ParsedCertificate> sorted(
      ParsedCertificate leaf, List<ParsedCertificate> given, String place, Findings findings) {
    List<ParsedCertificate> chain = new ArrayList<>(List.of(leaf));
    List<ParsedCertificate> left = new ArrayList<>(given);
    left.removeIf(leaf::equals);
    ParsedCertificate last = leaf;
    while (!last.isSelfIssued()) {
      ParsedCertificate issuer = issuerOf(last, left);
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
          "the certificates are not in the order leaf, issuer, issuer's issuer. They are"
              + " served in that order; write them in that order");
    }
    for (ParsedCertificate other : left) {
      findings.add(
          Kind.UNRELATED_CERTIFICATE,
          place,
          "\""
              + name(other.subject())
              + "\" did not issue any certificate of this chain and is ignored");
    }
    if (!last.isSelfIssued() && (last == leaf || !left.isEmpty())) {
      findings.add(
          Kind.MISSING_INTERMEDIATE,
          place,
          "the issuer \""
              + name(last.issuer())
              + "\" of \""
              + name(last.subject())
              + "\" is not in the chain. Unless clients have it as a root, add its certificate"
              + " after the others"
              + whereIssuerIs(last));
    }
    return chain;
  }

  private static @Nullable ParsedCertificate issuerOf(
      ParsedCertificate certificate, List<ParsedCertificate> candidates) {
    for (ParsedCertificate candidate : candidates) {
      if (certificate.isIssuedBy(candidate)) {
        return candidate;
      }
    }
    return null;
  }

  private static String whereIssuerIs(ParsedCertificate certificate) {
    Extension extension = certificate.extension(Extension.authorityInfoAccess);
    if (extension != null) {
      var access = AuthorityInformationAccess.getInstance(extension.getParsedValue());
      for (AccessDescription description : access.getAccessDescriptions()) {
        if (description.getAccessMethod().equals(AccessDescription.id_ad_caIssuers)
            && description.getAccessLocation().getTagNo()
                == GeneralName.uniformResourceIdentifier) {
          return " (the CA offers it at "
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
   * Makes a name from a certificate safe for logs and terminals: no control characters, no line
   * breaks, limited length. Certificate names are untrusted input.
   */
  public static String printable(String text) {
    String line = text.replaceAll("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\"]", "?");
    return line.length() <= 200 ? line : line.substring(0, 200) + "...";
  }
}
