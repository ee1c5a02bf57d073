package io.terminator.tls.certificate.source;

import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.credential.CredentialChange;
import io.terminator.tls.certificate.credential.ReportedProblem;
import io.terminator.tls.certificate.reader.CertificateFiles;
import io.terminator.tls.certificate.reader.CredentialLoader;
import io.terminator.tls.certificate.reader.PublicKeyCheck;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Credentials from a list of files, named after the files. A listed credential is never removed;
 * its files can only be missing.
 */
final class CertificateList implements CertificateSource {
  private static final Set<String> SAYS_NOTHING =
      Set.of("fullchain", "tls", "cert", "chain", "bundle");

  private final CredentialLoader loader;
  private final Map<String, SourceEntry> entries = new LinkedHashMap<>();

  CertificateList(List<CertificatesConfig.Pair> pairs, CredentialLoader loader) {
    this.loader = loader;
    for (CertificatesConfig.Pair pair : pairs) {
      String name = nameOf(pair.chain());
      for (int i = 2; entries.containsKey(name); i++) {
        name = nameOf(pair.chain()) + "~" + i;
      }
      entries.put(
          name,
          new SourceEntry(
              new CertificateFiles(
                  name,
                  pair.chain().toAbsolutePath(),
                  pair.key().toAbsolutePath(),
                  pair.password(),
                  null,
                  pair.keyPassword(),
                  null)));
    }
  }

  private static String nameOf(Path chain) {
    String file = String.valueOf(chain.getFileName());
    int dot = file.lastIndexOf('.');
    String name = dot <= 0 ? file : file.substring(0, dot);
    Path directory = chain.toAbsolutePath().normalize().getParent();
    if (SAYS_NOTHING.contains(name) && directory != null && directory.getFileName() != null) {
      name = directory.getFileName().toString();
    }
    return name.replaceAll("[^A-Za-z0-9._@+~-]", "_");
  }

  @Override
  public List<CredentialChange> refresh(Scan scan) {
    List<CredentialChange> changes = new ArrayList<>();
    Set<Path> touched = scan.touched();
    entries.forEach(
        (name, entry) -> {
          Credential before = entry.serving();
          CertificateFiles files = entry.files();
          boolean isTouched =
              touched != null && (touched.contains(files.chain()) || touched.contains(files.key()));
          entry.refresh(
              files, files.stamp(), isTouched, loader, scan.time(), PublicKeyCheck.COMPUTED);
          if (entry.serving() != before) {
            changes.add(new CredentialChange(name, before, entry.serving()));
          }
        });
    return changes;
  }

  @Override
  public @Nullable Credential find(String name) {
    SourceEntry entry = entries.get(name);
    return entry == null ? null : entry.serving();
  }

  @Override
  public Collection<Credential> credentials() {
    List<Credential> credentials = new ArrayList<>();
    for (SourceEntry entry : entries.values()) {
      Credential serving = entry.serving();
      if (serving != null) {
        credentials.add(serving);
      }
    }
    return credentials;
  }

  @Override
  public @Nullable String defaultName() {
    return entries.keySet().stream().findFirst().orElse(null);
  }

  @Override
  public List<ReportedProblem> problems() {
    return entries.values().stream().flatMap(entry -> entry.reported().stream()).toList();
  }

  @Override
  public Set<Path> directories() {
    Set<Path> directories = new TreeSet<>();
    for (SourceEntry entry : entries.values()) {
      for (Path file : List.of(entry.files().chain(), entry.files().key())) {
        Path directory = file.getParent();
        if (directory != null) {
          directories.add(directory);
        }
      }
      directories.addAll(entry.links());
    }
    return directories;
  }
}
