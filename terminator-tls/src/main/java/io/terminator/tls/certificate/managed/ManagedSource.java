package io.terminator.tls.certificate.managed;

import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.credential.CredentialChange;
import io.terminator.tls.certificate.credential.ReportedProblem;
import io.terminator.tls.certificate.reader.CredentialLoader;
import io.terminator.tls.certificate.source.CertificateSource;
import io.terminator.tls.certificate.source.ManagedCertificate;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The managed certificates of one listener. Before the first certificate of a name is issued, a
 * self-signed one takes its place.
 */
final class ManagedSource implements CertificateSource {
  private final List<ManagedCertificate> certificates;
  private final ManagedCertificates stored;
  private final CredentialLoader loader;
  private final Map<String, Credential> serving = new LinkedHashMap<>();
  private final Map<String, Credential> placeholders = new LinkedHashMap<>();
  private volatile @Nullable Runnable publish;

  ManagedSource(
      List<ManagedCertificate> certificates, ManagedCertificates stored, CredentialLoader loader) {
    this.certificates = certificates;
    this.stored = stored;
    this.loader = loader;
  }

  @Override
  public void attach(Runnable publishing) {
    publish = publishing;
  }

  void publish() {
    Runnable publishing = publish;
    if (publishing != null) {
      publishing.run();
    }
  }

  @Override
  public List<CredentialChange> refresh(Scan scan) {
    Set<Path> touched = scan.touched();
    if (touched == null || !touched.isEmpty()) {
      stored.rescan();
    }
    Map<String, Credential> now = new LinkedHashMap<>();
    for (ManagedCertificate certificate : certificates) {
      List<String> names = stored.names().stream().filter(certificate::owns).toList();
      for (String name : names) {
        Credential found = stored.find(name);
        if (found != null) {
          now.put(name, found);
        }
      }
      if (names.isEmpty()) {
        now.put(certificate.name(), placeholder(certificate));
      } else {
        placeholders.remove(certificate.name());
      }
    }
    List<CredentialChange> changes = new ArrayList<>();
    Stream.concat(serving.keySet().stream(), now.keySet().stream())
        .distinct()
        .filter(name -> serving.get(name) != now.get(name))
        .forEach(name -> changes.add(new CredentialChange(name, serving.get(name), now.get(name))));
    serving.clear();
    serving.putAll(now);
    return changes;
  }

  private Credential placeholder(ManagedCertificate certificate) {
    return placeholders.computeIfAbsent(
        certificate.name(), name -> Placeholder.of(certificate, loader, stored.clock().instant()));
  }

  @Override
  public @Nullable Credential find(String name) {
    return serving.get(name);
  }

  @Override
  public Collection<Credential> credentials() {
    return List.copyOf(serving.values());
  }

  @Override
  public @Nullable String defaultName() {
    return certificates.isEmpty() ? null : certificates.get(0).name();
  }

  @Override
  public List<ReportedProblem> problems() {
    return serving.keySet().stream().flatMap(name -> stored.problems(name).stream()).toList();
  }

  @Override
  public Set<Path> directories() {
    Set<Path> directories = new TreeSet<>();
    directories.add(stored.directory());
    serving.keySet().forEach(name -> directories.add(stored.directory().resolve(name)));
    return directories;
  }

  @Override
  public void close() {
    stored.forget(this);
  }
}
