package io.terminator.load.subject;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * nginx's stream module, and its HTTP module for HTTP; {@code buffer} is {@code proxy_buffer_size}
 * in KiB, or 0 for its default of 16, and for HTTP of 4 and eight buffers.
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
    return kind != Setup.Kind.HTTP && isStreamMissing()
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
    text.append("events { worker_connections 16000; }\n");
    if (setup.kind() == Setup.Kind.HTTP) {
      http(text, setup);
    } else {
      stream(text, setup);
    }
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

  private void stream(StringBuilder text, Setup setup) {
    text.append("stream {\n  proxy_connect_timeout 3s;\n  proxy_timeout 10m;\n");
    tls(text);
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
  }

  private void http(StringBuilder text, Setup setup) {
    text.append("http {\n  access_log off;\n  proxy_read_timeout 10m;\n");
    // Otherwise a download goes to the disk whenever the client is slower than the backend.
    text.append("  proxy_max_temp_file_size 0;\n");
    text.append("  keepalive_requests 100000000;\n  keepalive_timeout 10m;\n");
    for (String kind : List.of("client_body", "proxy", "fastcgi", "uwsgi", "scgi")) {
      text.append("  ").append(kind).append("_temp_path ").append(setup.directory());
      text.append('/').append(kind).append(";\n");
    }
    tls(text);
    if (buffer > 0) {
      text.append("  proxy_buffer_size ").append(buffer).append("k;\n  proxy_buffers 8 ");
      text.append(buffer).append("k;\n  proxy_busy_buffers_size ");
      text.append(2 * buffer).append("k;\n");
    }
    text.append("  upstream app { server ").append(setup.backend()).append("; keepalive 256;");
    text.append(" keepalive_requests 100000000; }\n");
    text.append("  server { listen 127.0.0.1:").append(setup.ecdsaPort());
    text.append(" ssl http2 backlog=4096;");
    text.append(" ssl_certificate ").append(setup.certificates().ecdsa().chain()).append(';');
    text.append(" ssl_certificate_key ").append(setup.certificates().ecdsa().key()).append(';');
    text.append(" location / { proxy_pass http://app; proxy_http_version 1.1;");
    text.append(" proxy_set_header Connection \"\"; proxy_set_header Host $host;");
    text.append(" proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;");
    text.append(" proxy_set_header X-Forwarded-Proto https; } }\n}\n");
  }

  private static void tls(StringBuilder text) {
    text.append("  ssl_protocols TLSv1.2 TLSv1.3;\n");
    text.append("  ssl_ciphers ").append(SUITES_12).append(";\n");
    text.append("  ssl_conf_command Ciphersuites ").append(SUITES_13).append(";\n");
  }

  private static void server(
      StringBuilder text, int port, Certificates.CertificateFiles certificate, Setup setup) {
    text.append("  server { listen 127.0.0.1:").append(port).append(" ssl backlog=4096;");
    text.append(" ssl_certificate ").append(certificate.chain()).append(';');
    text.append(" ssl_certificate_key ").append(certificate.key()).append(';');
    text.append(" proxy_pass ").append(setup.backend()).append("; }\n");
  }
}
