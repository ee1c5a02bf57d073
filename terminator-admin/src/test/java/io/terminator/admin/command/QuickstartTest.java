package io.terminator.admin.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuickstartTest {
  private static final Path HOME = Path.of("..");

  @Test
  void servesTheDemoOverTlsThatTheSampleRootVouchesFor() throws Exception {
    Quickstart quickstart = Quickstart.start(HOME, 0, 0, "1");
    try {
      int port = port(quickstart);
      assertThat(get(port, "/")).contains("demo backend", "over TLS");
      assertThat(get(port, "/bytes/1000000")).hasSize(1_000_000);
    } finally {
      quickstart.terminator().close();
      quickstart.backend().close();
    }
  }

  @Test
  void saysWhatToDoNextWithItsRealPorts() throws Exception {
    Quickstart quickstart = Quickstart.start(HOME, 0, 0, "auto");
    try {
      String welcome = quickstart.welcome(HOME);
      assertThat(welcome)
          .contains(
              "curl --cacert certs-sample/ca/root.crt https://localhost:" + port(quickstart) + "/")
          .contains("replace the files in certs-sample/server by your own")
          .contains("./terminator run --config FILE")
          .contains(
              "http://127.0.0.1:" + quickstart.terminator().adminAddress().getPort() + "/metrics")
          .contains("Dashboard: " + quickstart.terminator().adminUrl() + "/");
      assertThat(quickstart.welcome(Path.of("/elsewhere")))
          .contains(HOME.toAbsolutePath().normalize() + "/certs-sample/ca/root.crt");
    } finally {
      quickstart.terminator().close();
      quickstart.backend().close();
    }
  }

  @Test
  void saysWhereItLookedForTheSamples(@TempDir Path empty) {
    assertThatThrownBy(() -> Quickstart.start(empty, 0, 0, "1"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("There is no certs-sample/server in " + empty)
        .hasMessageContaining("--home");
  }

  @Test
  void explainsOptionsThatCannotBe() {
    assertThatThrownBy(() -> Quickstart.start(HOME, 70_000, 0, "few"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("workers: \"few\"")
        .hasMessageContaining("port 70000 is out of range");
  }

  @Test
  void saysHowToTakeAnotherPort() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(() -> Quickstart.start(HOME, taken.getLocalPort(), 0, "1"))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("Address already in use")
          .hasMessageContaining("--port");
    }
  }

  private static int port(Quickstart quickstart) {
    return ((InetSocketAddress) quickstart.terminator().addresses().get("quickstart").get(0))
        .getPort();
  }

  private static String get(int port, String path) throws Exception {
    KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
    trusted.load(null, null);
    try (InputStream root = Files.newInputStream(HOME.resolve("certs-sample/ca/root.crt"))) {
      trusted.setCertificateEntry(
          "root", CertificateFactory.getInstance("X.509").generateCertificate(root));
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    HttpsURLConnection connection =
        (HttpsURLConnection) new URL("https", "127.0.0.1", port, path).openConnection();
    connection.setSSLSocketFactory(context.getSocketFactory());
    connection.setConnectTimeout(20_000);
    connection.setReadTimeout(20_000);
    try (InputStream in = connection.getInputStream()) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } finally {
      connection.disconnect();
    }
  }
}
