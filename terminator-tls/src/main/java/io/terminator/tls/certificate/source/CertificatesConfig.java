package io.terminator.tls.certificate.source;

import io.terminator.core.setting.Secret;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where a listener's certificates are. Paths are absolute or relative to the working directory. */
public sealed interface CertificatesConfig {

  /** Everything in a directory, in any layout; watched for changes. */
  record Directory(Path path) implements CertificatesConfig {}

  /** Named pairs; the first answers clients that no name matches. At least one. */
  record Pairs(List<Pair> pairs) implements CertificatesConfig {
    public Pairs {
      pairs = List.copyOf(pairs);
    }
  }

  /**
   * {@code chain} is PEM, leaf first; {@code key} may be the same file; {@code password} opens an
   * encrypted key or PKCS#12 file.
   */
  record Pair(Path chain, Path key, @Nullable Secret password) {}
}
