package io.terminator.tls.client;

import java.nio.file.Path;
import java.util.List;

/**
 * Client certificate settings. {@code authorities} are files of trusted issuers; {@code
 * revocations} are files of their CRLs. {@code subjects}, {@code names} and {@code keys} (SHA-256
 * of the public key in base64) select the valid certificates that are accepted: those that match
 * any of them, or all if all are empty.
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

  /**
   * With {@code OPTIONAL} a client may omit the certificate; one that it presents must be valid in
   * either mode.
   */
  public enum Mode {
    OFF,
    OPTIONAL,
    REQUIRED
  }
}
