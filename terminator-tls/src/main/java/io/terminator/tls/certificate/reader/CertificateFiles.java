package io.terminator.tls.certificate.reader;

import io.terminator.core.setting.Secret;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Files that make one credential; {@code key} equals {@code chain} for a bundle or a key store. Of {@code password} and the
 * content of {@code passwordFile} the first that is there opens an encrypted key or a key store; the two of the key open a key in
 * a store with a password of its own.
 */
public record CertificateFiles(
    String name,
    Path chain,
    Path key,
    @Nullable Secret password,
    @Nullable Path passwordFile,
    @Nullable Secret keyPassword,
    @Nullable Path keyPasswordFile) {

  /** A pair without passwords. */
  public CertificateFiles(String name, Path chain, Path key) {
    this(name, chain, key, null, null, null, null);
  }

  /** What tells whether any of them was changed. */
  public FileStamp stamp() {
    FileStamp stamp = FileStamp.of(chain);
    if (!key.equals(chain)) {
      stamp = stamp.and(FileStamp.of(key));
    }
    for (Path file : Arrays.asList(passwordFile, keyPasswordFile)) {
      stamp = file == null ? stamp : stamp.and(FileStamp.of(file));
    }
    return stamp;
  }
}
