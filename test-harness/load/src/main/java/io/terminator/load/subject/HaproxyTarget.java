package io.terminator.load.subject;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * HAProxy in TCP or HTTP mode; {@code buffer} is {@code tune.bufsize}, or 0 for its default of 16
 * KiB.
 */
public record HaproxyTarget(String name, String binary, int buffer) implements Target {

  @Override
  public Optional<Path> program() {
    return Programs.find(binary);
  }

  @Override
  public String version() {
    List<String> lines = Programs.output(List.of(binary, "-vv")).lines().toList();
    String library =
        lines.stream()
            .filter(line -> line.contains("Running on") && line.contains("SSL"))
            .map(line -> ", " + line.substring(line.indexOf(':') + 1).strip())
            .findFirst()
            .orElse("");
    return (lines.isEmpty() ? "unknown" : lines.get(0)) + library;
  }

  @Override
  public boolean isPeer() {
    return true;
  }

  @Override
  public Optional<String> refusal(Setup.Kind kind, int workers) {
    return Optional.empty();
  }

  @Override
  public List<String> prepare(Setup setup) throws IOException {
    StringBuilder text = new StringBuilder("global\n");
    text.append("  nbthread ").append(setup.workers()).append('\n');
    text.append("  maxconn 8000\n");
    text.append("  ssl-default-bind-ciphersuites ").append(SUITES_13).append('\n');
    text.append("  ssl-default-bind-ciphers ").append(SUITES_12).append('\n');
    text.append("  ssl-default-bind-options ssl-min-ver TLSv1.2\n");
    if (buffer > 0) {
      text.append("  tune.bufsize ").append(buffer).append('\n');
    }
    boolean http = setup.kind() == Setup.Kind.HTTP;
    text.append("defaults\n  mode ").append(http ? "http" : "tcp").append("\n  maxconn 8000\n");
    text.append("  timeout connect 3s\n  timeout client 10m\n  timeout server 10m\n");
    if (http) {
      text.append("  option forwardfor\n  http-reuse always\n");
    }
    text.append("backend app\n  server one ").append(setup.backend()).append('\n');
    if (http) {
      frontend(text, "ecdsa", setup.ecdsaPort(), setup.certificates().ecdsa(), " alpn h2,http/1.1");
      text.append("  http-request set-header X-Forwarded-Proto https\n");
    } else if (setup.kind() == Setup.Kind.TLS) {
      frontend(text, "ecdsa", setup.ecdsaPort(), setup.certificates().ecdsa(), "");
      frontend(text, "rsa", setup.rsaPort(), setup.certificates().rsa(), "");
    } else {
      text.append("frontend plain\n  bind 127.0.0.1:").append(setup.plainPort());
      text.append("\n  default_backend app\n");
    }
    Path file = setup.directory().resolve("haproxy.cfg");
    Files.writeString(file, text);
    return List.of(program().orElseThrow().toString(), "-db", "-f", file.toString());
  }

  private static void frontend(
      StringBuilder text,
      String name,
      int port,
      Certificates.CertificateFiles certificate,
      String more) {
    text.append("frontend ").append(name).append("\n  bind 127.0.0.1:").append(port);
    text.append(" ssl crt ").append(certificate.both()).append(more);
    text.append("\n  default_backend app\n");
  }
}
