package io.terminator.load.subject;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * nginx's stream module; {@code buffer} is {@code proxy_buffer_size} in KiB, or 0 for its default
 * of 16.
 */
public record NginxTarget(String name, int buffer) implements Target {
  private static final Path MODULE = Path.of("/usr/lib/nginx/modules/ngx_stream_module.so");

  @Override
  public Optional<Path> program() {
    return Programs.find("nginx");
  }

  @Override
  public String version() {
    String said = Programs.output(List.of(program().orElseThrow().toString(), "-V"));
    String library =
        said.lines()
            .filter(line -> line.contains("OpenSSL"))
            .findFirst()
            .map(line -> ", " + line)
            .orElse("");
    return said.lines().findFirst().orElse("unknown") + library;
  }

  @Override
  public boolean isPeer() {
    return true;
  }

  @Override
  public Optional<String> refusal(Setup.Kind kind, int workers) {
    return isStreamMissing()
        ? Optional.of("nginx has no stream module. Install libnginx-mod-stream")
        : Optional.empty();
  }

  private boolean isStreamMissing() {
    String said = Programs.output(List.of(program().orElseThrow().toString(), "-V"));
    return !said.contains("--with-stream ")
        && !(said.contains("--with-stream=dynamic") && Files.exists(MODULE));
  }

  @Override
  public List<String> prepare(Setup setup) throws IOException {
    Path directory = setup.directory();
    StringBuilder text = new StringBuilder();
    if (Programs.output(List.of(program().orElseThrow().toString(), "-V"))
        .contains("--with-stream=dynamic")) {
      text.append("load_module ").append(MODULE).append(";\n");
    }
    text.append("daemon off;\nworker_processes ").append(setup.workers()).append(";\n");
    text.append("worker_rlimit_nofile 20000;\n");
    text.append("pid ").append(directory.resolve("nginx.pid")).append(";\n");
    text.append("error_log ").append(directory.resolve("error.log")).append(" error;\n");
    text.append("events { worker_connections 16000; }\nstream {\n");
    text.append("  proxy_connect_timeout 3s;\n  proxy_timeout 10m;\n");
    text.append("  ssl_protocols TLSv1.2 TLSv1.3;\n");
    text.append("  ssl_ciphers ").append(SUITES_12).append(";\n");
    text.append("  ssl_conf_command Ciphersuites ").append(SUITES_13).append(";\n");
    if (buffer > 0) {
      text.append("  proxy_buffer_size ").append(buffer).append("k;\n");
    }
    if (setup.kind() == Setup.Kind.TLS) {
      server(text, setup.ecdsaPort(), setup.certificates().ecdsa(), setup);
      server(text, setup.rsaPort(), setup.certificates().rsa(), setup);
    } else {
      text.append("  server { listen 127.0.0.1:").append(setup.plainPort());
      text.append(" backlog=4096; proxy_pass ").append(setup.backend()).append("; }\n");
    }
    text.append("}\n");
    Path file = directory.resolve("nginx.conf");
    Files.writeString(file, text);
    return List.of(
        program().orElseThrow().toString(),
        "-p",
        directory.toString(),
        "-e",
        directory.resolve("error.log").toString(),
        "-c",
        file.toString());
  }

  private static void server(
      StringBuilder text, int port, Certificates.CertificateFiles certificate, Setup setup) {
    text.append("  server { listen 127.0.0.1:").append(port).append(" ssl backlog=4096;");
    text.append(" ssl_certificate ").append(certificate.chain()).append(';');
    text.append(" ssl_certificate_key ").append(certificate.key()).append(';');
    text.append(" proxy_pass ").append(setup.backend()).append("; }\n");
  }
}
