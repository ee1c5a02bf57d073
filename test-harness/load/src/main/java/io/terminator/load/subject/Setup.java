package io.terminator.load.subject;

import java.nio.file.Path;

/**
 * The configuration of a target's run: its ports on 127.0.0.1, its backend, and its directory. With
 * TLS it listens on two ports, for ECDSA and for RSA; without TLS it relays the plain port.
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

  /** The subject of the measurement: termination, or a plain relay as the lower bound. */
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
