package io.terminator.tls.certificate.reader;

import io.terminator.core.setting.HostPattern;
import io.terminator.tls.certificate.credential.CredentialProblem.Kind;
import io.terminator.tls.certificate.credential.IpText;
import java.net.IDN;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x500.style.IETFUtils;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.jspecify.annotations.Nullable;

/** The hosts and addresses that a certificate covers, in the form in which they are looked up. */
final class SubjectAltNames {
  private SubjectAltNames() {}

  static List<String> hosts(ParsedCertificate leaf, String place, Findings findings) {
    List<String> stated = new ArrayList<>();
    Set<String> addresses = new LinkedHashSet<>();
    collectAlternatives(leaf, stated, addresses);
    if (stated.isEmpty() && addresses.isEmpty()) {
      String commonName = commonName(leaf);
      if (commonName == null) {
        findings.add(
            Kind.NO_DNS_NAME,
            place,
            "the certificate contains no host name; it serves only as the default"
                + " certificate. Expected DNS names");
        return List.of();
      }
      findings.add(
          Kind.NO_DNS_NAME,
          place,
          "the certificate has no DNS name; its common name \""
              + ChainOrder.printable(commonName)
              + "\" is used, but current clients reject it. Request a certificate with a"
              + " DNS name");
      stated.add(commonName);
    }
    Set<String> hosts = new LinkedHashSet<>();
    for (String name : stated) {
      String host = normalized(name);
      if (host == null) {
        findings.add(
            Kind.UNUSABLE_NAME,
            place,
            "the name \""
                + ChainOrder.printable(name)
                + "\" cannot match any client. Expected a host name, with \"*.\" only at"
                + " the start");
      } else {
        hosts.add(host);
      }
    }
    hosts.addAll(addresses);
    return List.copyOf(hosts);
  }

  private static void collectAlternatives(
      ParsedCertificate leaf, List<String> names, Set<String> addresses) {
    Extension extension = leaf.extension(Extension.subjectAlternativeName);
    if (extension == null) {
      return;
    }
    for (GeneralName name : GeneralNames.getInstance(extension.getParsedValue()).getNames()) {
      if (name.getTagNo() == GeneralName.dNSName) {
        names.add(name.getName().toString());
      } else if (name.getTagNo() == GeneralName.iPAddress) {
        String address = IpText.of(ASN1OctetString.getInstance(name.getName()).getOctets());
        if (address != null) {
          addresses.add(address);
        }
      }
    }
  }

  private static @Nullable String commonName(ParsedCertificate leaf) {
    RDN[] names = leaf.subject().getRDNs(BCStyle.CN);
    return names.length == 0
        ? null
        : IETFUtils.valueToString(names[names.length - 1].getFirst().getValue());
  }

  /** Returns null if it is not a host name. */
  static @Nullable String normalized(String name) {
    String host = name.strip();
    if (host.endsWith(".")) {
      host = host.substring(0, host.length() - 1);
    }
    boolean wildcard = host.startsWith("*.");
    String rest = wildcard ? host.substring(2) : host;
    try {
      rest = isAscii(rest) ? rest : IDN.toASCII(rest, IDN.ALLOW_UNASSIGNED);
    } catch (IllegalArgumentException e) {
      return null;
    }
    HostPattern pattern = HostPattern.ofCertificate(wildcard ? "*." + rest : rest);
    return pattern == null ? null : pattern.toString();
  }

  private static boolean isAscii(String text) {
    return text.chars().allMatch(character -> character < 128);
  }
}
