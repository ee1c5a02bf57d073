package io.terminator.scenarios;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.testkit.Ports;
import io.terminator.testkit.RawTlsClient;
import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The recipes for application servers in the guide, in front of the real servers. */
class ApplicationServersIT {
  private final TestCa ca = TestCa.create();
  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource
  void seesTheClientAsTheGuideSays(ApplicationServer server) throws Exception {
    assertThat(Files.readString(SourceTree.root().resolve("docs/backends.md")))
        .contains(server.recipe);
    boolean h2c = server == ApplicationServer.TOMCAT_H2C;
    int port = Ports.free();
    List<RunningProcess> processes = server.start(directory, port);
    try (RunningTerminator terminator =
        RunningTerminator.start(
            ca,
            Map.of("localhost", ca.server("localhost")),
            """
            workers: 1
            listeners: [{ name: web, bind: "[::1]:0", certificates: certs/, backend: app%s }]
            backends:
              app:
                servers: ["127.0.0.1:%d"]
                proxy-protocol: %s
                protocol: %s
            """
                .formatted(
                    h2c ? ", http: {}" : "",
                    port,
                    server.proxyProtocol,
                    h2c ? "h2c" : "http/1.1"))) {
      try (RawTlsClient client =
          TlsClient.trusting(ca).serverName("localhost").raw(terminator.address("web"))) {
        client.handshake();
        client.write(
            "GET /one HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n".getBytes(US_ASCII));
        assertThat(client.readToEnd().text()).as(processes.get(0).output()).contains(server.answer);
      }
    } finally {
      processes.forEach(RunningProcess::close);
    }
  }
}
