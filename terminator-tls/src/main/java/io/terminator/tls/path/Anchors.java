package io.terminator.tls.path;

import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.security.auth.x500.X500Principal;

/** Trust anchors. Immutable and thread-safe. */
public final class Anchors {
  public static final Anchors NONE = new Anchors(Map.of());

  private final Map<X500Principal, List<Anchor>> bySubject;

  private Anchors(Map<X500Principal, List<Anchor>> bySubject) {
    this.bySubject = bySubject;
  }

  /** Throws if a certificate has constraints that cannot be parsed. */
  public static Anchors of(Collection<? extends X509Certificate> certificates)
      throws CertificateException {
    Map<X500Principal, List<Anchor>> bySubject = new HashMap<>();
    for (X509Certificate each : certificates) {
      bySubject
          .computeIfAbsent(each.getSubjectX500Principal(), subject -> new ArrayList<>(1))
          .add(new Anchor(each));
    }
    return new Anchors(bySubject);
  }

  public boolean isEmpty() {
    return bySubject.isEmpty();
  }

  /** Whether any anchor's own certificate constrains names or the path length. */
  public boolean isConstrained() {
    return bySubject.values().stream().flatMap(List::stream).anyMatch(Anchor::isConstrained);
  }

  /** The keys of the anchors with this subject. */
  public List<PublicKey> keysOf(X500Principal subject) {
    return named(subject).stream().map(each -> each.certificate().getPublicKey()).toList();
  }

  public boolean contains(X509Certificate certificate) {
    return named(certificate.getSubjectX500Principal()).stream()
        .anyMatch(each -> each.certificate().equals(certificate));
  }

  List<Anchor> named(X500Principal subject) {
    return bySubject.getOrDefault(subject, List.of());
  }
}
