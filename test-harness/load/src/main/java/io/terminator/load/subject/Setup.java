package io.terminator.load.subject;

import java.nio.file.Path;

/**
 * How a target is to run: on these ports of 127.0.0.1, in front of that backend, its files in its
 * own directory. With TLS it listens twice, for ECDSA and for RSA; without it passes on what comes
 * to the plain port.
 */
public record Setup(
    Path directory,
    Certificates certificates,
    int backendPort,
    Kind kind,
    int workers,
    int ecdsaPort,
    int rsaPort,
    int plainPort) {

  /** What is measured: termination, or the floor under it. */
  public enum Kind {
    TLS,
    PLAIN
  }

  /** The port that is open once the target serves. */
  public int firstPort() {
    return kind == Kind.TLS ? ecdsaPort : plainPort;
  }

  public String backend() {
    return "127.0.0.1:" + backendPort;
  }
}
