package io.terminator.tls.certificate.source;

import io.terminator.tls.certificate.reader.CredentialLoader;
import java.util.List;

/** Opens sources of managed certificates. */
@FunctionalInterface
public interface ManagedSources {
  /** For an appliance or a check without managed certificates: a source that stays empty. */
  ManagedSources NONE = (certificates, loader) -> new CertificateList(List.of(), loader);

  /** A source of these certificates that has not scanned yet. */
  CertificateSource open(List<ManagedCertificate> certificates, CredentialLoader loader);
}
