package io.terminator.load.subject;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Terminator, started by its launcher in its default configuration, including log and metrics. The
 * lower bound is a passthrough route. {@code javaHome} selects the JDK, null for the launcher's
 * choice; {@code more} are settings that differ from the default, in YAML: top-level keys, and for
 * every listener {@code listeners.KEY}.
 */
public record TerminatorTarget(String name, Path launcher, @Nullable Path javaHome, String more)
    implements Target {
  private static final String OF_LISTENERS = "listeners.";

  @Override
  public Optional<Path> program() {
    return Files.isExecutable(launcher) ? Optional.of(launcher) : Optional.empty();
  }

  @Override
  public String version() {
    String java = javaHome == null ? "the launcher's JDK" : "JDK of " + javaHome.getFileName();
    return Programs.firstLine(List.of(launcher.toString(), "version")) + ", " + java;
  }

  @Override
  public boolean isPeer() {
    return false;
  }

  @Override
  public boolean isWarmedByWork() {
    return true;
  }

  @Override
  public Optional<String> refusal(Setup.Kind kind, int workers) {
    return Optional.empty();
  }

  @Override
  public Map<String, String> environment() {
    return javaHome == null ? Map.of() : Map.of("JAVA_HOME", javaHome.toString());
  }

  @Override
  public List<String> prepare(Setup setup) throws IOException {
    StringBuilder text = new StringBuilder();
    text.append("workers: ").append(setup.workers()).append('\n');
    text.append("state-dir: ").append(setup.directory().resolve("state")).append('\n');
    more.lines()
        .filter(line -> !line.startsWith(OF_LISTENERS))
        .forEach(line -> text.append(line).append('\n'));
    text.append("listeners:\n");
    if (setup.kind() == Setup.Kind.HTTP) {
      listener(text, "ecdsa", setup.ecdsaPort(), setup.certificates().ecdsa());
      text.append("    http: {}\n");
    } else if (setup.kind() == Setup.Kind.TLS) {
      listener(text, "ecdsa", setup.ecdsaPort(), setup.certificates().ecdsa());
      listener(text, "rsa", setup.rsaPort(), setup.certificates().rsa());
    } else {
      listener(text, "plain", setup.plainPort(), setup.certificates().ecdsa());
      text.append("    routes:\n      - { sni: \"").append(Certificates.NAME);
      text.append("\", mode: passthrough, backend: app }\n");
    }
    text.append("backends:\n  app:\n    servers: [\"").append(setup.backend()).append("\"]\n");
    text.append("admin: { bind: \"127.0.0.1:0\" }\n");
    Path file = setup.directory().resolve("terminator.yaml");
    Files.writeString(file, text);
    return List.of(launcher.toString(), "run", "--config", file.toString());
  }

  private void listener(
      StringBuilder text, String name, int port, Certificates.CertificateFiles certificate) {
    text.append("  - name: ").append(name);
    text.append("\n    bind: \"127.0.0.1:").append(port);
    text.append("\"\n    certificates: [{ chain: ").append(certificate.chain());
    text.append(", key: ").append(certificate.key());
    text.append(" }]\n    backend: app\n");
    more.lines()
        .filter(line -> line.startsWith(OF_LISTENERS))
        .forEach(
            line -> text.append("    ").append(line.substring(OF_LISTENERS.length())).append('\n'));
  }
}
