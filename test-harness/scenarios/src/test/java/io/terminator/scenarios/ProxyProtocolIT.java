package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.testkit.Ports;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsClient;
import io.terminator.testkit.TlsConnection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** PROXY headers to backends; a real HAProxy and a real nginx read them. */
class ProxyProtocolIT {
  private final TestCa ca = TestCa.create();
  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"v1", "v2"})
  void tellsHaproxyWhoTheClientIs(String version) throws Exception {
    int port = Ports.free();
    try (RunningProcess haproxy = haproxy(port);
        RunningTerminator terminator = start(version, port)) {
      await()
          .atMost(RunningTerminator.PATIENCE)
          .until(() -> !haproxy.isRunning() || Ports.isAccepting(port));
      assertThat(haproxy.isRunning()).as(haproxy.output()).isTrue();
      try (TlsConnection client =
          TlsClient.trusting(ca).serverName("localhost").connect(terminator.address())) {
        client.write("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        String addresses =
            "[127.0.0.1 %d 127.0.0.1 %d]"
                .formatted(client.localAddress().getPort(), terminator.address().getPort());
        assertThat(client.readToEnd().text())
            .startsWith("HTTP/1.1 200")
            .contains(addresses)
            // HAProxy drops a header whose checksum is wrong.
            .contains(version.equals("v2") ? "authority=localhost id=1." : "authority= id=.");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"v1", "v2"})
  void tellsNginxWhoTheClientIs(String version) throws Exception {
    int port = Ports.free();
    try (RunningProcess nginx = nginx(port);
        RunningTerminator terminator = start(version, port)) {
      await()
          .atMost(RunningTerminator.PATIENCE)
          .until(() -> !nginx.isRunning() || Ports.isAccepting(port));
      assertThat(nginx.isRunning()).as(nginx.output()).isTrue();
      try (TlsConnection client =
          TlsClient.trusting(ca).serverName("localhost").connect(terminator.address())) {
        client.write("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        assertThat(client.readToEnd().text())
            .startsWith("HTTP/1.1 200")
            .contains(
                "[127.0.0.1 %d 127.0.0.1 %d]"
                    .formatted(client.localAddress().getPort(), terminator.address().getPort()));
      }
    }
  }

  @Test
  void sendsTheHeaderAloneToABackendThatSpeaksFirst() throws Exception {
    try (ScriptedBackend backend =
            ScriptedBackend.start(
                peer -> {
                  String line = peer.readUntil("\r\n");
                  peer.write("220 " + line);
                });
        RunningTerminator terminator = start("v1", backend.port());
        TlsConnection client =
            TlsClient.trusting(ca).serverName("localhost").connect(terminator.address())) {
      assertThat(client.readToEnd().text())
          .isEqualTo(
              "220 PROXY TCP4 127.0.0.1 127.0.0.1 %d %d\r\n"
                  .formatted(client.localAddress().getPort(), terminator.address().getPort()));
      assertThat(backend.failures()).isEmpty();
    }
  }

  private RunningTerminator start(String version, int port) {
    return RunningTerminator.start(
        ca,
        Map.of("localhost", ca.server("localhost")),
        "workers: 1\nlisteners:\n  - { name: web, bind: \"127.0.0.1:0\", certificates: certs/, backend: app }\n"
            + "backends:\n  app: { servers: [\"127.0.0.1:"
            + port
            + "\"], proxy-protocol: "
            + version
            + " }\n");
  }

  private RunningProcess haproxy(int port) throws IOException {
    Path program = Processes.assumeAvailable("haproxy");
    Path file = directory.resolve("haproxy.cfg");
    Files.writeString(
        file,
        """
        defaults
          mode http
          timeout client 30s
          timeout server 30s
          timeout connect 5s
        frontend web
          bind 127.0.0.1:%d accept-proxy
          http-request return status 200 content-type text/plain lf-string "[%%[src] %%[src_port] %%[dst] %%[dst_port]] authority=%%[fc_pp_authority] id=%%[fc_pp_unique_id]."
        """
            .formatted(port));
    return Processes.start(program.toString(), "-db", "-f", file.toString());
  }

  private RunningProcess nginx(int port) throws IOException {
    Path program = Processes.assumeAvailable("nginx");
    Files.createDirectories(directory.resolve("logs"));
    Path file = directory.resolve("nginx.conf");
    StringBuilder paths = new StringBuilder();
    for (String kind : List.of("client_body", "proxy", "fastcgi", "uwsgi", "scgi")) {
      paths.append("%s_temp_path %s/%s;%n".formatted(kind, directory, kind));
    }
    Files.writeString(
        file,
        """
        daemon off;
        master_process off;
        pid %s/nginx.pid;
        error_log stderr warn;
        events { }
        http {
          access_log off;
          %s
          server {
            listen 127.0.0.1:%d proxy_protocol;
            location / {
              return 200 "[$proxy_protocol_addr $proxy_protocol_port $proxy_protocol_server_addr $proxy_protocol_server_port]";
            }
          }
        }
        """
            .formatted(directory, paths, port));
    return Processes.start(program.toString(), "-p", directory.toString(), "-c", file.toString());
  }
}
