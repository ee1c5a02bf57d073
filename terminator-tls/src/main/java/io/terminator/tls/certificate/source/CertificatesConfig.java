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

  /** What a source may use: the reader of its files, and the store of managed certificates. */
  record Surroundings(CredentialLoader loader, ManagedSources managed) {}

  /** Opens a source that has not scanned yet. */
  CertificateSource open(Surroundings surroundings);

  /** The configurations of the sources that serve together, in order of priority. */
  default List<CertificatesConfig> parts() {
    return List.of(this);
  }

  /** All certificates in a directory, in any layout; watched for changes. */
  record Directory(Path path) implements CertificatesConfig {
    @Override
    public CertificateSource open(Surroundings surroundings) {
      return new CertificateDirectory(path, surroundings.loader());
    }
  }

  /** Listed pairs; the first is the default certificate. At least one. */
  record Pairs(List<Pair> pairs) implements CertificatesConfig {
    public Pairs {
      pairs = List.copyOf(pairs);
    }

    @Override
    public CertificateSource open(Surroundings surroundings) {
      return new CertificateList(pairs, surroundings.loader());
    }
  }

  /** Certificates that are ordered and renewed by themselves. At least one. */
  record Managed(List<ManagedCertificate> certificates) implements CertificatesConfig {
    public Managed {
      certificates = List.copyOf(certificates);
    }

    @Override
    public CertificateSource open(Surroundings surroundings) {
      return surroundings.managed().open(certificates, surroundings.loader());
    }
  }

  /**
   * Several sources that serve together. If a name occurs in several, the first is served; the
   * default certificate comes from the last that has one.
   */
  record Several(List<CertificatesConfig> parts) implements CertificatesConfig {
    public Several {
      parts = List.copyOf(parts);
    }

    @Override
    public CertificateSource open(Surroundings surroundings) {
      throw new IllegalStateException("each part is opened by itself");
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
