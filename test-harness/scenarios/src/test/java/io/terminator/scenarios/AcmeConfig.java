package io.terminator.scenarios;

import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.TestCa;
import java.nio.file.Path;
import java.util.Map;

/**
 * The configuration of an appliance with one listener {@code web}, for which an ACME authority
 * issues a certificate for shop.example, and with nothing else unless a method adds it.
 */
final class AcmeConfig {
  private final Path state;
  private final EchoBackend backend;
  private final String directory;
  private int port;
  private String certificates = "{ acme: { names: [shop.example] } }";
  private String topLevel = "";
  private String listener = "";
  private String acme = "";

  /** With {@code directory} as the URL of the authority. */
  AcmeConfig(Path state, EchoBackend backend, String directory) {
    this.state = state;
    this.backend = backend;
    this.directory = directory;
  }

  /** The port of the listener instead of a free one. */
  AcmeConfig port(int port) {
    this.port = port;
    return this;
  }

  /** The certificates of the listener, as a flow value. */
  AcmeConfig certificates(String certificates) {
    this.certificates = certificates;
    return this;
  }

  /** More lines at the top level. */
  AcmeConfig topLevel(String lines) {
    topLevel += lines + "\n";
    return this;
  }

  /** More lines of the listener, each indented by four spaces. */
  AcmeConfig listener(String lines) {
    listener += lines + "\n";
    return this;
  }

  /** More lines of the ACME section, each indented by two spaces. */
  AcmeConfig acme(String lines) {
    acme += lines + "\n";
    return this;
  }

  String yaml() {
    return """
    workers: 1
    state-dir: %s
    %slisteners:
      - name: web
        bind: "127.0.0.1:%d"
        certificates: %s
        backend: app
    %sbackends:
      app: { servers: ["127.0.0.1:%d"] }
    acme:
      terms-agreed: true
      directory: %s
    %s"""
        .formatted(
            state,
            topLevel,
            port,
            certificates,
            listener,
            backend.address().getPort(),
            directory,
            acme);
  }

  /** An appliance in this process with this configuration. */
  RunningTerminator start() {
    return RunningTerminator.start(TestCa.create(), Map.of(), yaml());
  }
}
