package io.terminator.tls.certificate.source;

import io.terminator.core.setting.Secret;
import io.terminator.tls.certificate.reader.CredentialLoader;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The location of a listener's certificates. Paths are absolute or relative to the working
 * directory. Equal configurations share a source, so implementations are records.
 */
public interface CertificatesConfig {

  /**
   * Opens a source that has not scanned yet; {@code loader} reads and checks the files that it
   * finds.
   */
  CertificateSource open(CredentialLoader loader);

  /** All certificates in a directory, in any layout; watched for changes. */
  record Directory(Path path) implements CertificatesConfig {
    @Override
    public CertificateSource open(CredentialLoader loader) {
      return new CertificateDirectory(path, loader);
    }
  }

  /** Listed pairs; the first is the default certificate. At least one. */
  record Pairs(List<Pair> pairs) implements CertificatesConfig {
    public Pairs {
      pairs = List.copyOf(pairs);
    }

    @Override
    public CertificateSource open(CredentialLoader loader) {
      return new CertificateList(pairs, loader);
    }
  }

  /**
   * {@code chain} is PEM, leaf first; {@code key} may be the same file. {@code password} decrypts
   * an encrypted key or a key store, {@code keyPassword} a key that has its own password in a
   * store.
   */
  record Pair(Path chain, Path key, @Nullable Secret password, @Nullable Secret keyPassword) {
    public Pair(Path chain, Path key, @Nullable Secret password) {
      this(chain, key, password, null);
    }
  }
}
