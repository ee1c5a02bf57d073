package io.terminator.load.subject;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A way to terminate TLS: a program with a configuration. */
public interface Target {
  // TLS 1.3: the clients leave the choice to the server, and all shall choose the same.
  String SUITES_13 = "TLS_AES_128_GCM_SHA256";
  String SUITES_12 =
      String.join(
          ":",
          List.of(
              "ECDHE-ECDSA-AES128-GCM-SHA256",
              "ECDHE-RSA-AES128-GCM-SHA256",
              "ECDHE-ECDSA-AES256-GCM-SHA384",
              "ECDHE-RSA-AES256-GCM-SHA384",
              "ECDHE-ECDSA-CHACHA20-POLY1305",
              "ECDHE-RSA-CHACHA20-POLY1305"));

  /** Unique; variants of one program add a suffix. */
  String name();

  /** The program's file; empty if it is not installed. */
  Optional<Path> program();

  /** One line. */
  String version();

  /** Whether others are compared with it. */
  boolean isPeer();

  /** Whether it becomes faster while it runs, as with a JIT compiler. */
  default boolean isWarmedByWork() {
    return false;
  }

  /** Empty, or why it can't run this way. */
  Optional<String> refusal(Setup.Kind kind, int workers);

  /**
   * Writes the configuration into the setup's directory and returns the command that runs it in the
   * foreground.
   */
  List<String> prepare(Setup setup) throws IOException;

  /** Added to the environment of the command. */
  default Map<String, String> environment() {
    return Map.of();
  }
}
