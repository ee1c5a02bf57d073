package io.terminator.load.subject;

import io.terminator.testkit.Credential;
import io.terminator.testkit.TestCa;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertificateEncodingException;

/** The certificates of every target: a leaf and its intermediate, with ECDSA and with RSA keys. */
public record Certificates(CertificateFiles ecdsa, CertificateFiles rsa) {

  /** The name in both. */
  public static final String NAME = "bench.test";

  /** Chain, key, both in one file, and the leaf that clients receive. */
  public record CertificateFiles(Path chain, Path key, Path both, byte[] leaf) {}

  /**
   * Creates an authority and writes both certificates to {@code directory}, readable only by this
   * user.
   */
  public static Certificates writeTo(Path directory) throws IOException {
    TestCa ca = TestCa.create();
    Files.createDirectories(directory);
    return new Certificates(
        write(directory, "ecdsa", ca.leaf(NAME).issue()),
        write(directory, "rsa", ca.leaf(NAME).rsa().issue()));
  }

  private static CertificateFiles write(Path directory, String name, Credential credential)
      throws IOException {
    Path chain = directory.resolve(name + ".crt");
    Path key = directory.resolve(name + ".key");
    Path both = directory.resolve(name + ".pem");
    Files.writeString(chain, credential.chainPem());
    Files.writeString(key, credential.keyPem());
    Files.writeString(both, credential.chainPem() + credential.keyPem());
    for (Path file : new Path[] {key, both}) {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }
    try {
      return new CertificateFiles(chain, key, both, credential.leaf().getEncoded());
    } catch (CertificateEncodingException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
