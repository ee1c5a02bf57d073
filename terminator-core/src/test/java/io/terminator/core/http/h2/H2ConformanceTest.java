package io.terminator.core.http.h2;

import io.terminator.core.http.exchange.ExchangeConfig;
import io.terminator.testkit.H2Cases;
import io.terminator.testkit.H2Client;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The table of behaviours, without TLS and without a backend. */
class H2ConformanceTest {
  private static TestServer server;

  @BeforeAll
  static void start() throws IOException {
    server = new TestServer(ExchangeConfig.DEFAULT);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void behaves(H2Cases.Case one) throws IOException {
    try (H2Client client = server.connect()) {
      one.run(client);
    }
  }

  static Stream<H2Cases.Case> cases() {
    return H2Cases.all().stream();
  }
}
