package io.terminator.tls.certificate;

import io.terminator.testkit.TestCa;
import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.credential.CredentialChange;
import io.terminator.tls.certificate.reader.CredentialLoader;
import io.terminator.tls.certificate.reader.Loaded;
import io.terminator.tls.certificate.reader.WeakKeys;
import io.terminator.tls.certificate.source.CertificateSource;
import io.terminator.tls.certificate.store.CredentialStore;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/** Certificates in memory, in a store, for benchmarks. */
final class Population implements CertificateSource {
  private static final TestCa CA = TestCa.create();
  private static final CredentialLoader LOADER =
      new CredentialLoader(InstantSource.system(), WeakKeys.REFUSED);

  private final Map<String, Credential> all = new LinkedHashMap<>();
  private final CredentialStore store =
      new CredentialStore(List.of(this), null, new ReentrantLock());

  private Population() {}

  /** Few certificates of very many names each. */
  static Population ofManyNames(int certificates, int names, int wildcards) {
    Population population = new Population();
    List<CredentialChange> changes = new ArrayList<>();
    for (int certificate = 0; certificate < certificates; certificate++) {
      List<String> hosts = new ArrayList<>();
      for (int name = 0; name < names; name++) {
        hosts.add(exactName(certificate, name));
      }
      for (int name = 0; name < wildcards; name++) {
        hosts.add("*" + wildcardSuffix(certificate, name));
      }
      Credential credential = mint("certificate-" + certificate, 1, hosts.toArray(String[]::new));
      population.all.put(credential.name(), credential);
      changes.add(new CredentialChange(credential.name(), null, credential));
    }
    population.store.apply(population, changes, Instant.now());
    return population;
  }

  static String exactName(int certificate, int name) {
    return "host-" + name + ".customer-" + certificate + ".example.com";
  }

  static String wildcardSuffix(int certificate, int name) {
    return ".zone-" + name + ".customer-" + certificate + ".example.com";
  }

  static Credential mint(String name, int version, String... hosts) {
    io.terminator.testkit.Credential issued = CA.server(hosts);
    Loaded loaded =
        LOADER.parse(
            name,
            issued.chainPem().getBytes(StandardCharsets.US_ASCII),
            issued.keyPem().getBytes(StandardCharsets.US_ASCII),
            null,
            version);
    if (loaded.credential() == null) {
      throw new IllegalStateException("refused: " + loaded.problems());
    }
    return loaded.credential();
  }

  CredentialStore store() {
    return store;
  }

  /** Publishes another version of a certificate. */
  void publish(Credential credential, Instant now) {
    Credential before = all.put(credential.name(), credential);
    store.apply(this, List.of(new CredentialChange(credential.name(), before, credential)), now);
  }

  @Override
  public List<CredentialChange> refresh(Scan scan) {
    return List.of();
  }

  @Override
  public Credential find(String name) {
    return all.get(name);
  }

  @Override
  public Collection<Credential> credentials() {
    return all.values();
  }
}
