package io.terminator.admin.acme;

import io.terminator.tls.certificate.source.ManagedCertificate;
import io.terminator.tls.certificate.source.ManagedCertificate.KeyType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One certificate to keep valid: its name in the store, what it covers, its key and profile. */
record Target(String name, List<String> names, KeyType keyType, @Nullable String profile) {

  /** One for each kind of key. */
  static List<Target> of(ManagedCertificate certificate, AcmeConfig config) {
    List<KeyType> types =
        certificate.keyTypes().isEmpty() ? config.keyTypes() : certificate.keyTypes();
    return types.stream()
        .map(
            type ->
                new Target(
                    certificate.storedName(type, type == types.get(0)),
                    certificate.names(),
                    type,
                    certificate.profile() == null ? config.profile() : certificate.profile()))
        .toList();
  }

  /** Whether both are validated for the same name. */
  boolean sharesName(Target other) {
    return names.stream().anyMatch(other.names::contains);
  }
}
