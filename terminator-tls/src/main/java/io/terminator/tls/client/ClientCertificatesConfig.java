package io.terminator.tls.client;

import java.nio.file.Path;
import java.util.List;

/**
 * Who may come in by a certificate. {@code authorities} are files whose certificates are trusted as issuers; {@code
 * revocations} are files with their revocation lists. {@code subjects}, {@code names} and {@code keys} (SHA-256 of the
 * public key in base64) say which valid certificates are let in: any that one of them matches, all where all are empty.
 */
public record ClientCertificatesConfig(
    Mode mode,
    Path authorities,
    List<Path> revocations,
    List<String> subjects,
    List<String> names,
    List<String> keys) {
  public ClientCertificatesConfig {
    revocations = List.copyOf(revocations);
    subjects = List.copyOf(subjects);
    names = List.copyOf(names);
    keys = List.copyOf(keys);
  }

  /** With {@code OPTIONAL} a client may have none; one that is shown has to be good either way. */
  public enum Mode {
    OFF,
    OPTIONAL,
    REQUIRED
  }
}
