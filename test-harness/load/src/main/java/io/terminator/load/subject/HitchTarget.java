package io.terminator.load.subject;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** hitch, near its defaults. */
public record HitchTarget(String name) implements Target {

  @Override
  public Optional<Path> program() {
    return Programs.find("hitch");
  }

  @Override
  public String version() {
    return Programs.firstLine(List.of(program().orElseThrow().toString(), "--version"));
  }

  @Override
  public boolean isPeer() {
    return true;
  }

  @Override
  public Optional<String> refusal(Setup.Kind kind, int workers) {
    return switch (kind) {
      case TLS -> Optional.empty();
      case PLAIN -> Optional.of("hitch relays nothing without TLS");
      case HTTP -> Optional.of("hitch does not speak HTTP");
    };
  }

  @Override
  public List<String> prepare(Setup setup) throws IOException {
    StringBuilder text = new StringBuilder();
    frontend(text, setup.ecdsaPort(), setup.certificates().ecdsa());
    frontend(text, setup.rsaPort(), setup.certificates().rsa());
    text.append("backend = \"[127.0.0.1]:").append(setup.backendPort()).append("\"\n");
    text.append("workers = ").append(setup.workers()).append('\n');
    text.append("backlog = 4096\n");
    text.append("ciphers = \"").append(SUITES_12).append("\"\n");
    text.append("ciphersuites = \"").append(SUITES_13).append("\"\n");
    text.append("tls-protos = TLSv1.2 TLSv1.3\n");
    if (System.getProperty("user.name").equals("root")) {
      // It refuses to run workers as root.
      text.append("user = \"nobody\"\ngroup = \"nogroup\"\n");
    }
    text.append("daemon = off\nlog-level = 0\nocsp-dir = \"\"\n");
    Path file = setup.directory().resolve("hitch.conf");
    Files.writeString(file, text);
    return List.of(program().orElseThrow().toString(), "--config=" + file);
  }

  private static void frontend(
      StringBuilder text, int port, Certificates.CertificateFiles certificate) {
    text.append("frontend = {\n  host = \"127.0.0.1\"\n  port = \"").append(port);
    text.append("\"\n  pem-file = \"").append(certificate.both()).append("\"\n}\n");
  }
}
