package io.terminator.load.subject;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** stunnel, with one thread per connection, nearly in its default configuration. */
public record StunnelTarget(String name) implements Target {

  @Override
  public Optional<Path> program() {
    return Programs.find("stunnel").or(() -> Programs.find("stunnel4"));
  }

  @Override
  public String version() {
    return Programs.output(List.of(program().orElseThrow().toString(), "-version"))
        .lines()
        .filter(line -> line.startsWith("stunnel ") || line.startsWith("Running "))
        .reduce((first, second) -> first + ", " + second)
        .orElse("stunnel");
  }

  @Override
  public boolean isPeer() {
    return true;
  }

  @Override
  public Optional<String> refusal(Setup.Kind kind, int workers) {
    if (kind == Setup.Kind.PLAIN) {
      return Optional.of("stunnel relays nothing without TLS");
    }
    if (kind == Setup.Kind.HTTP) {
      return Optional.of("stunnel does not speak HTTP");
    }
    return workers > 1 ? Optional.of("stunnel has no number of workers") : Optional.empty();
  }

  @Override
  public List<String> prepare(Setup setup) throws IOException {
    StringBuilder text = new StringBuilder("foreground = yes\npid =\nsyslog = no\ndebug = 3\n");
    service(text, "ecdsa", setup.ecdsaPort(), setup.certificates().ecdsa(), setup);
    service(text, "rsa", setup.rsaPort(), setup.certificates().rsa(), setup);
    Path file = setup.directory().resolve("stunnel.conf");
    Files.writeString(file, text);
    return List.of(program().orElseThrow().toString(), file.toString());
  }

  private static void service(
      StringBuilder text,
      String name,
      int port,
      Certificates.CertificateFiles certificate,
      Setup setup) {
    text.append('[').append(name).append("]\naccept = 127.0.0.1:").append(port);
    text.append("\nconnect = ").append(setup.backend());
    text.append("\ncert = ").append(certificate.chain());
    text.append("\nkey = ").append(certificate.key());
    text.append("\nsslVersionMin = TLSv1.2\nciphers = ").append(SUITES_12);
    text.append("\nciphersuites = ").append(SUITES_13).append('\n');
  }
}
