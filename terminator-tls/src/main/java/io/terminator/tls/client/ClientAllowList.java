package io.terminator.tls.client;

import io.terminator.core.chain.ClientIdentity;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x500.AttributeTypeAndValue;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x500.style.IETFUtils;
import org.jspecify.annotations.Nullable;

/** The list of accepted client certificates, checked after verification. Immutable; any worker. */
final class ClientAllowList {
  /** The name types of RFC 5280 section 4.2.1.6 that are text. */
  private static final Set<Integer> TEXTUAL = Set.of(1, 2, 6, 7);

  private final Set<Subject> subjects;
  private final Set<String> names;
  private final Set<String> keys;

  ClientAllowList(ClientCertificatesConfig config) {
    subjects =
        config.subjects().stream()
            .map(X500Principal::new)
            .map(Subject::of)
            .collect(Collectors.toUnmodifiableSet());
    names =
        config.names().stream()
            .map(name -> name.toLowerCase(Locale.ROOT))
            .collect(Collectors.toUnmodifiableSet());
    keys = Set.copyOf(config.keys());
  }

  /**
   * A distinguished name compared by its text, in the order of its parts. The JDK compares only
   * PrintableString and UTF8String by text; RFC 5280 section 7.1 requires it for all string types.
   */
  private record Subject(List<Set<String>> parts) {
    static Subject of(X500Principal name) {
      List<Set<String>> parts = new ArrayList<>();
      for (RDN part : X500Name.getInstance(name.getEncoded()).getRDNs()) {
        Set<String> values = new HashSet<>();
        for (AttributeTypeAndValue each : part.getTypesAndValues()) {
          values.add(
              each.getType().getId()
                  + "="
                  + Normalizer.normalize(
                      IETFUtils.canonicalString(each.getValue()), Normalizer.Form.NFKC));
        }
        parts.add(values);
      }
      return new Subject(parts);
    }
  }

  boolean admits(X509Certificate certificate, ClientIdentity identity)
      throws GeneralSecurityException {
    return (subjects.isEmpty() && names.isEmpty() && keys.isEmpty())
        || (!subjects.isEmpty()
            && subjects.contains(Subject.of(certificate.getSubjectX500Principal())))
        || identity.names().stream().anyMatch(name -> names.contains(name.toLowerCase(Locale.ROOT)))
        || (!keys.isEmpty()
            && keys.contains(
                Base64.getEncoder()
                    .encodeToString(sha256(certificate.getPublicKey().getEncoded()))));
  }

  static ClientIdentity identity(X509Certificate certificate) throws GeneralSecurityException {
    byte[] der = certificate.getEncoded();
    X500Principal subject = certificate.getSubjectX500Principal();
    return new ClientIdentity(
        subject.getName(),
        commonName(subject),
        names(certificate),
        HexFormat.of().formatHex(sha256(der)),
        der,
        certificate.getIssuerX500Principal().getName());
  }

  private static @Nullable String commonName(X500Principal subject) {
    RDN[] found = X500Name.getInstance(subject.getEncoded()).getRDNs(BCStyle.CN);
    return found.length == 0
        ? null
        : IETFUtils.valueToString(found[found.length - 1].getFirst().getValue());
  }

  private static List<String> names(X509Certificate certificate) throws GeneralSecurityException {
    Collection<List<?>> all = certificate.getSubjectAlternativeNames();
    List<String> names = new ArrayList<>();
    if (all != null) {
      for (List<?> one : all) {
        if (one.get(0) instanceof Integer kind && TEXTUAL.contains(kind)) {
          names.add(String.valueOf(one.get(1)));
        }
      }
    }
    return names;
  }

  private static byte[] sha256(byte[] content) throws GeneralSecurityException {
    return MessageDigest.getInstance("SHA-256").digest(content);
  }
}
