package io.terminator.tls.path;

import java.net.URI;
import java.net.URISyntaxException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.ASN1UTF8String;
import org.bouncycastle.asn1.DERIA5String;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.AttributeTypeAndValue;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x500.style.IETFUtils;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.bouncycastle.asn1.x509.OtherName;
import org.jspecify.annotations.Nullable;

/**
 * The name constraints of one certificate (RFC 5280 section 4.2.1.10). Differs from the JDK's
 * validator, which fails on an empty DNS name, and takes every common name for a host name. An
 * empty DNS name, mailbox or host contains all names of its type. Immutable and thread-safe.
 */
final class NameSubtrees {
  static final String OID = "2.5.29.30";

  private static final String ALTERNATIVE_NAMES = "2.5.29.17";

  /** SmtpUTF8Mailbox: constraints on rfc822Name apply to it (RFC 8398 section 6). */
  private static final ASN1ObjectIdentifier UTF8_MAILBOX =
      new ASN1ObjectIdentifier("1.3.6.1.5.5.7.8.9");

  /** The product of names and subtrees; the check runs on workers. */
  private static final int MOST_COMPARISONS = 1 << 17;

  private final List<GeneralSubtree> permitted;
  private final List<GeneralSubtree> excluded;

  private NameSubtrees(NameConstraints stated) {
    this.permitted = list(stated.getPermittedSubtrees());
    this.excluded = list(stated.getExcludedSubtrees());
  }

  private static List<GeneralSubtree> list(GeneralSubtree @Nullable [] subtrees) {
    return subtrees == null ? List.of() : List.of(subtrees);
  }

  /** Null if {@code issuer} does not constrain names; throws if its constraints are damaged. */
  static @Nullable NameSubtrees of(X509Certificate issuer) throws CertificateException {
    byte[] extension = issuer.getExtensionValue(OID);
    if (extension == null) {
      return null;
    }
    try {
      return new NameSubtrees(
          NameConstraints.getInstance(ASN1OctetString.getInstance(extension).getOctets()));
    } catch (IllegalArgumentException | IllegalStateException damaged) {
      throw new CertificateException(
          "the name constraints of \"" + issuer.getSubjectX500Principal() + "\" are not readable",
          damaged);
    }
  }

  /** Whether every certificate of {@code issued}, leaf first, has allowed names only. */
  boolean allow(List<X509Certificate> issued) {
    for (int i = 0; i < issued.size(); i++) {
      X509Certificate each = issued.get(i);
      if ((i == 0 || !isSelfIssued(each)) && !allows(each, i == 0)) {
        return false;
      }
    }
    return true;
  }

  static boolean isSelfIssued(X509Certificate certificate) {
    return certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal());
  }

  private boolean allows(X509Certificate certificate, boolean isLeaf) {
    try {
      List<GeneralName> names = names(certificate, isLeaf);
      if ((long) names.size() * (permitted.size() + excluded.size()) > MOST_COMPARISONS) {
        return false;
      }
      for (GeneralName name : names) {
        if (!allows(name)) {
          return false;
        }
      }
      return true;
    } catch (IllegalArgumentException | IllegalStateException damaged) {
      return false;
    }
  }

  private static List<GeneralName> names(X509Certificate certificate, boolean isLeaf) {
    List<GeneralName> names = new ArrayList<>();
    byte[] extension = certificate.getExtensionValue(ALTERNATIVE_NAMES);
    if (extension != null) {
      names.addAll(
          Arrays.asList(
              GeneralNames.getInstance(ASN1OctetString.getInstance(extension).getOctets())
                  .getNames()));
    }
    boolean mayBeHost =
        isLeaf && names.stream().noneMatch(each -> each.getTagNo() == GeneralName.dNSName);
    X500Name subject = X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
    if (subject.size() > 0) {
      names.add(new GeneralName(subject));
    }
    for (RDN part : subject.getRDNs()) {
      for (AttributeTypeAndValue each : part.getTypesAndValues()) {
        if (each.getType().equals(PKCSObjectIdentifiers.pkcs_9_at_emailAddress)) {
          names.add(new GeneralName(GeneralName.rfc822Name, text(each.getValue())));
        } else if (mayBeHost
            && each.getType().equals(BCStyle.CN)
            && isHost(text(each.getValue()))) {
          names.add(new GeneralName(GeneralName.dNSName, text(each.getValue())));
        }
      }
    }
    return names;
  }

  private static String text(ASN1Encodable value) {
    if (value instanceof ASN1String string) {
      return string.getString();
    }
    throw new IllegalArgumentException("not a string");
  }

  /** Whether software that looks for a host in the common name would take it for one. */
  private static boolean isHost(String name) {
    String[] labels = name.split("\\.", -1);
    if (labels.length < 2) {
      return false;
    }
    for (String label : labels) {
      if (label.isEmpty() || label.startsWith("-") || label.endsWith("-")) {
        return false;
      }
      for (int i = 0; i < label.length(); i++) {
        char each = label.charAt(i);
        if (each > 'z' || !Character.isLetterOrDigit(each) && each != '-' && each != '_') {
          return false;
        }
      }
    }
    return true;
  }

  private boolean allows(GeneralName name) {
    for (GeneralSubtree each : excluded) {
      if (isSameType(each.getBase(), name) && (hasRange(each) || contains(each.getBase(), name))) {
        return false;
      }
    }
    boolean isConstrained = false;
    for (GeneralSubtree each : permitted) {
      if (isSameType(each.getBase(), name)) {
        if (!hasRange(each) && isSupported(name) && contains(each.getBase(), name)) {
          return true;
        }
        isConstrained = true;
      }
    }
    return !isConstrained;
  }

  /** RFC 5280 does not use ranges: minimum is 0 and maximum absent. */
  private static boolean hasRange(GeneralSubtree subtree) {
    return subtree.getMinimum().signum() != 0 || subtree.getMaximum() != null;
  }

  private static boolean isSameType(GeneralName base, GeneralName name) {
    if (mailbox(name) != null) {
      return base.getTagNo() == GeneralName.rfc822Name;
    }
    return base.getTagNo() == name.getTagNo()
        && (base.getTagNo() != GeneralName.otherName
            || OtherName.getInstance(base.getName())
                .getTypeID()
                .equals(OtherName.getInstance(name.getName()).getTypeID()));
  }

  private static @Nullable String mailbox(GeneralName name) {
    if (name.getTagNo() == GeneralName.rfc822Name) {
      return string(name);
    }
    if (name.getTagNo() == GeneralName.otherName) {
      OtherName other = OtherName.getInstance(name.getName());
      if (other.getTypeID().equals(UTF8_MAILBOX)) {
        return ASN1UTF8String.getInstance(other.getValue()).getString();
      }
    }
    return null;
  }

  private static String string(GeneralName name) {
    return DERIA5String.getInstance(name.getName()).getString();
  }

  private static boolean isSupported(GeneralName name) {
    return switch (name.getTagNo()) {
      case GeneralName.rfc822Name,
          GeneralName.dNSName,
          GeneralName.directoryName,
          GeneralName.uniformResourceIdentifier,
          GeneralName.iPAddress ->
          true;
      default -> mailbox(name) != null;
    };
  }

  /** True also for a type that is not supported: excluded, it excludes all names of the type. */
  private static boolean contains(GeneralName base, GeneralName name) {
    String mailbox = mailbox(name);
    if (mailbox != null) {
      return containsMailbox(string(base), mailbox);
    }
    return switch (base.getTagNo()) {
      case GeneralName.dNSName -> containsHost(string(base), string(name));
      case GeneralName.directoryName ->
          containsDirectory(
              X500Name.getInstance(base.getName()), X500Name.getInstance(name.getName()));
      case GeneralName.uniformResourceIdentifier -> containsUri(string(base), string(name));
      case GeneralName.iPAddress ->
          containsAddress(
              ASN1OctetString.getInstance(base.getName()).getOctets(),
              ASN1OctetString.getInstance(name.getName()).getOctets());
      default -> true;
    };
  }

  private static boolean containsHost(String base, String name) {
    if (base.isEmpty() || base.equalsIgnoreCase(name)) {
      return true;
    }
    return isBelow(base.startsWith(".") ? base : "." + base, name);
  }

  /** Whether {@code name} has at least one character before {@code suffix}. */
  private static boolean isBelow(String suffix, String name) {
    int start = name.length() - suffix.length();
    return start > 0 && name.regionMatches(true, start, suffix, 0, suffix.length());
  }

  private static boolean containsMailbox(String base, String name) {
    int at = name.lastIndexOf('@');
    if (at < 0) {
      throw new IllegalArgumentException("not a mailbox");
    }
    String host = name.substring(at + 1);
    int baseAt = base.lastIndexOf('@');
    if (baseAt < 0) {
      return base.isEmpty()
          || (base.startsWith(".") ? isBelow(base, host) : base.equalsIgnoreCase(host));
    }
    // The local part is case-sensitive (RFC 5321 section 2.4).
    return base.substring(baseAt + 1).equalsIgnoreCase(host)
        && (baseAt == 0 || base.substring(0, baseAt).equals(name.substring(0, at)));
  }

  private static boolean containsDirectory(X500Name base, X500Name name) {
    RDN[] head = base.getRDNs();
    RDN[] all = name.getRDNs();
    if (head.length > all.length) {
      return false;
    }
    for (int i = 0; i < head.length; i++) {
      if (!IETFUtils.rDNAreEqual(head[i], all[i])) {
        return false;
      }
    }
    return true;
  }

  private static boolean containsUri(String base, String name) {
    if (base.isEmpty()) {
      return true;
    }
    String host;
    try {
      host = host(name);
    } catch (URISyntaxException malformed) {
      throw new IllegalArgumentException("not a URI", malformed);
    }
    return base.startsWith(".") ? isBelow(base, host) : base.equalsIgnoreCase(host);
  }

  /** A URI without a host name is refused where URIs are constrained. */
  private static String host(String name) throws URISyntaxException {
    String authority = new URI(name).getRawAuthority();
    if (authority == null) {
      throw new IllegalArgumentException("a URI without a host");
    }
    String host = authority.substring(authority.lastIndexOf('@') + 1);
    int port = host.indexOf(':');
    host = (port < 0 ? host : host.substring(0, port)).toLowerCase(Locale.ROOT);
    // An IP address cannot be within a domain.
    if (host.isEmpty() || host.startsWith("[") || host.matches("[0-9.]+")) {
      throw new IllegalArgumentException("a URI without a host name");
    }
    return host;
  }

  /** {@code base} is an address and a mask. */
  private static boolean containsAddress(byte[] base, byte[] name) {
    if (base.length != 8 && base.length != 32) {
      throw new IllegalArgumentException("not an address and a mask");
    }
    int size = base.length / 2;
    if (size != name.length) {
      return false;
    }
    for (int i = 0; i < size; i++) {
      if (((base[i] ^ name[i]) & base[size + i]) != 0) {
        return false;
      }
    }
    return true;
  }
}
