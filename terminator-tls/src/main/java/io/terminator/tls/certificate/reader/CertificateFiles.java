package io.terminator.tls.certificate.reader;

import io.terminator.core.setting.Secret;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Files that make one credential; {@code key} equals {@code chain} for a bundle or a key store. Of
 * {@code password} and the content of {@code passwordFile} the first that is there opens an
 * encrypted key.
 */
public record CertificateFiles(
    String name, Path chain, Path key, @Nullable Secret password, @Nullable Path passwordFile) {

  /** What tells whether any of them was changed. */
  public FileStamp stamp() {
    FileStamp stamp = FileStamp.of(chain);
    if (!key.equals(chain)) {
      stamp = stamp.and(FileStamp.of(key));
    }
    return passwordFile == null ? stamp : stamp.and(FileStamp.of(passwordFile));
  }
}
