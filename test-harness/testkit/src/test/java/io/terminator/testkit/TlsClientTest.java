package io.terminator.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TlsClientTest {

  private final TestCa ca = TestCa.create();

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void speaksTheVersionItWasTold(TlsVersion version) throws IOException {
    TlsClient client = TlsClient.trusting(ca).only(version);
    try (EchoBackend server = EchoBackend.startTls(ca.serverContext(ca.server("a.example")));
        TlsConnection connection = client.connect(server.address())) {
      connection.write("hello");
      assertThat(connection.readExactly(5)).isEqualTo("hello".getBytes(UTF_8));
      assertThat(connection.version()).isEqualTo(version);
      assertThat(connection.peerCertificates().get(0)).isNotNull();
    }
  }

  @ParameterizedTest
  @EnumSource(TlsVersion.class)
  void resumesUnlessFresh(TlsVersion version) throws IOException {
    TlsClient client = TlsClient.trusting(ca).only(version);
    try (EchoBackend server = EchoBackend.startTls(ca.serverContext(ca.server("a.example")))) {
      assertThat(resumes(client, server)).isFalse();
      assertThat(resumes(client, server)).isTrue();
      assertThat(resumes(client.fresh(), server)).isFalse();
    }
  }

  @Test
  void checksTheNameOnlyWhereTold() throws IOException {
    TlsClient client = TlsClient.trusting(ca).serverName("b.example");
    try (EchoBackend server = EchoBackend.startTls(ca.serverContext(ca.server("a.example")))) {
      client.connect(server.address()).close();
      assertThatThrownBy(() -> client.checkingName().connect(server.address()))
          .isInstanceOf(SSLException.class)
          .hasMessageContaining("b.example");
    }
  }

  private static boolean resumes(TlsClient client, EchoBackend server) throws IOException {
    try (TlsConnection connection = client.connect(server.address())) {
      connection.write(new byte[1]);
      connection.readExactly(1);
      return connection.isResumed();
    }
  }
}
