package io.terminator.tls.certificate.reader;

import io.terminator.core.file.BoundedFile;
import io.terminator.core.setting.Secret;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The files of one credential; {@code key} equals {@code chain} for a bundle or a key store. {@code
 * password}, or else the content of {@code passwordFile}, decrypts a key or a key store; {@code
 * keyPassword} and its file decrypt a key that has its own password in a store.
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

  /** A stamp that changes when any of the files changes, or does not answer in time. */
  public FileStamp stamp() {
    try {
      return BoundedFile.walk(chain, this::stamp);
    } catch (IOException stuck) {
      return new FileStamp(0, false);
    }
  }

  private FileStamp stamp(Runnable step) {
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
