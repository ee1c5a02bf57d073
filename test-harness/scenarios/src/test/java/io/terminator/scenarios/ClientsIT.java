package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.testkit.Deterministic;
import io.terminator.testkit.NginxBackend;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.TlsConnection;
import io.terminator.testkit.TlsVersion;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Independent client implementations download 10 MiB from a real nginx, compare every byte, and
 * resume sessions.
 */
class ClientsIT {
  private static final long SEED = 5;
  private static final int SIZE = 10 * 1024 * 1024;

  /** The size of the download with gnutls-cli, which is slow per byte. */
  private static final int TAIL = 1024 * 1024;

  private static final String SHA256 = Deterministic.sha256(SEED, SIZE);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static NginxBackend nginx;
  private static RunningTerminator terminator;
  private static Path ca;

  @BeforeAll
  static void start() throws Exception {
    nginx = NginxBackend.start(SEED, SIZE);
    terminator = RunningTerminator.before(nginx.address());
    ca = Files.writeString(terminator.directory().resolve("ca.pem"), terminator.ca().rootPem());
  }

  @AfterAll
  static void stop() {
    terminator.close();
    nginx.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.2", "1.3"})
  void curl(String version) throws Exception {
    Processes.assumeAvailable("curl");
    Path file = terminator.directory().resolve("curl-" + version);
    run(
        "curl",
        "-sS",
        "--tlsv" + version,
        "--tls-max",
        version,
        "--cacert",
        ca.toString(),
        "-o",
        file.toString(),
        url("/random"));
    assertThat(sha256(file)).isEqualTo(SHA256);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-tls1_2", "-tls1_3"})
  void opensslFetchesAndResumes(String version) throws Exception {
    Processes.assumeAvailable("openssl");
    Path session = terminator.directory().resolve("session" + version);
    String request = "printf 'GET /random HTTP/1.0\\r\\n\\r\\n' | ";
    String client =
        "openssl s_client -quiet "
            + version
            + " -connect "
            + hostAndPort()
            + " -CAfile "
            + ca
            + " ";
    Path file = terminator.directory().resolve("openssl" + version);
    run("sh", "-c", request + client + "-sess_out " + session + " > " + file);
    byte[] answer = Files.readAllBytes(file);
    assertThat(
            HexFormat.of()
                .formatHex(
                    MessageDigest.getInstance("SHA-256")
                        .digest(Arrays.copyOfRange(answer, answer.length - SIZE, answer.length))))
        .isEqualTo(SHA256);
    String again =
        run(
            "sh",
            "-c",
            "printf 'GET /hello HTTP/1.0\\r\\n\\r\\n' | openssl s_client "
                + version
                + " -ign_eof -connect "
                + hostAndPort()
                + " -CAfile "
                + ca
                + " -sess_in "
                + session);
    assertThat(again).contains("Reused, TLSv").contains("hello").contains("Verify return code: 0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"VERS-TLS1.2", "VERS-TLS1.3"})
  void gnutls(String version) throws Exception {
    Processes.assumeAvailable("gnutls-cli");
    Path file = terminator.directory().resolve("gnutls" + version);
    run(
        "sh",
        "-c",
        // Its standard input stays open: gnutls-cli leaves when that ends, whatever is still to
        // come.
        "mkfifo "
            + file
            + ".in && exec 3<>"
            + file
            + ".in && printf 'GET /random HTTP/1.0\\r\\nRange: bytes=-"
            + TAIL
            + "\\r\\n\\r\\n' >&3 &&"
            + " gnutls-cli --priority=NORMAL:-VERS-ALL:+"
            + version
            + " --x509cafile="
            + ca
            + " --logfile=/dev/null -p "
            + terminator.address().getPort()
            + " localhost <&3 > "
            + file);
    byte[] answer = Files.readAllBytes(file);
    assertThat(answer.length).isGreaterThan(TAIL);
    byte[] whole = Deterministic.bytes(SEED, SIZE);
    assertThat(Arrays.copyOfRange(answer, answer.length - TAIL, answer.length))
        .isEqualTo(Arrays.copyOfRange(whole, SIZE - TAIL, SIZE));
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void node(String version) throws Exception {
    Processes.assumeAvailable("node");
    String script =
        "const https=require('https'),crypto=require('crypto'),fs=require('fs');"
            + "const h=crypto.createHash('sha256');"
            + "https.get({host:'localhost',port:"
            + terminator.address().getPort()
            + ",path:'/random',ca:fs.readFileSync('"
            + ca
            + "'),minVersion:'"
            + version
            + "',maxVersion:'"
            + version
            + "',agent:false},r=>{"
            + "r.on('data',d=>h.update(d));r.on('end',()=>console.log(r.socket.getProtocol(),h.digest('hex')))})";
    assertThat(run("node", "-e", script).trim()).isEqualTo(version + " " + SHA256);
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void thisJdkFetchesAndResumes(TlsVersion version) throws Exception {
    var client = terminator.client().only(version);
    for (int turn = 0; turn < 2; turn++) {
      try (TlsConnection connection = client.connect(terminator.address())) {
        connection.write("GET /random HTTP/1.0\r\n\r\n");
        byte[] answer = connection.readToEnd().bytes();
        assertThat(
                HexFormat.of()
                    .formatHex(
                        MessageDigest.getInstance("SHA-256")
                            .digest(
                                Arrays.copyOfRange(answer, answer.length - SIZE, answer.length))))
            .isEqualTo(SHA256);
        assertThat(connection.isResumed()).isEqualTo(turn == 1);
      }
    }
  }

  @Test
  void aTicketResumesOnAnyWorkerAndAfterARotation() throws Exception {
    try (RunningTerminator wide = RunningTerminator.before(nginx.address(), "", "workers: 2\n")) {
      var client = wide.client().only(TlsVersion.TLS_1_3);
      hello(client.connect(wide.address()), false);
      for (int i = 0; i < 12; i++) {
        hello(client.connect(wide.address()), true);
      }
      wide.terminator().rotateTickets();
      hello(client.connect(wide.address()), true);
      hello(client.connect(wide.address()), true);
      long accepting =
          wide.terminator().workers().workers().stream()
              .filter(worker -> worker.listenerCounters("web").connections() > 0)
              .count();
      assertThat(accepting).isEqualTo(2);
    }
  }

  private static void hello(TlsConnection connection, boolean resumed) throws Exception {
    try (connection) {
      connection.write("GET /hello HTTP/1.0\r\n\r\n");
      assertThat(connection.readToEnd().text()).endsWith("hello\n");
      assertThat(connection.isResumed()).isEqualTo(resumed);
    }
  }

  private static String hostAndPort() {
    return "localhost:" + terminator.address().getPort();
  }

  private static String url(String path) {
    return "https://" + hostAndPort() + path;
  }

  private static String run(String... command) {
    try (RunningProcess process = Processes.start(command)) {
      int exit = process.awaitExit(PATIENCE);
      assertThat(exit).as("%s: %s", List.of(command), process.output()).isZero();
      return process.output();
    }
  }

  private static String sha256(Path file) throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    try (InputStream input = Files.newInputStream(file)) {
      byte[] part = new byte[65536];
      for (int read = input.read(part); read >= 0; read = input.read(part)) {
        digest.update(part, 0, read);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
