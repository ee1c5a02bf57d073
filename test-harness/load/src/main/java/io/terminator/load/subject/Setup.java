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

  /**
   * The subject of the measurement: termination, a plain relay as the lower bound, or termination
   * of HTTP/2 and HTTP/1.1.
   */
  public enum Kind {
    TLS,
    PLAIN,
    HTTP
  }

  /** The port that is open once the target serves. */
  public int firstPort() {
    return kind == Kind.PLAIN ? plainPort : ecdsaPort;
  }

  public String backend() {
    return "127.0.0.1:" + backendPort;
  }
}
