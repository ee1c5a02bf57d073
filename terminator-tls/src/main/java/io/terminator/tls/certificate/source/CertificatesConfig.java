package io.terminator.tls.certificate.source;

import io.terminator.core.setting.Secret;
import io.terminator.tls.certificate.reader.CredentialLoader;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a listener's certificates are. Paths are absolute or relative to the working directory. Equal ones share a source, so
 * implementations are records.
 */
public interface CertificatesConfig {

  /** A source that has not looked yet; {@code loader} reads and checks what it finds. */
  CertificateSource open(CredentialLoader loader);

  /** Everything in a directory, in any layout; watched for changes. */
  record Directory(Path path) implements CertificatesConfig {
    @Override
    public CertificateSource open(CredentialLoader loader) {
      return new CertificateDirectory(path, loader);
    }
  }

  /** Named pairs; the first answers clients that no name matches. At least one. */
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
   * {@code chain} is PEM, leaf first; {@code key} may be the same file; {@code password} opens an
   * encrypted key or a key store, {@code keyPassword} a key in a store with a password of its own.
   */
  record Pair(Path chain, Path key, @Nullable Secret password, @Nullable Secret keyPassword) {
    public Pair(Path chain, Path key, @Nullable Secret password) {
      this(chain, key, password, null);
    }
  }
}
