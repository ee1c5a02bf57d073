package io.terminator.admin.resolve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.testkit.DnsServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The answers of a name server, over UDP and TCP, and their times to live. */
class NameResolverTest {
  private static final Duration LEAST = Duration.ofMillis(100);

  @Test
  void asksAgainOverTcpWhereAnAnswerWasTruncated() throws Exception {
    String[] addresses =
        IntStream.rangeClosed(1, 100).mapToObj(i -> "127.0.1." + i).toArray(String[]::new);
    try (DnsServer dns = DnsServer.start(7);
        NameResolver resolver = resolver(dns)) {
      dns.put("app.test", addresses);
      dns.mood(DnsServer.Mood.TRUNCATES);
      NameResolver.Answer answer = resolver.resolve("app.test").get(20, TimeUnit.SECONDS);
      assertThat(answer.addresses())
          .extracting(InetAddress::getHostAddress)
          .containsExactlyInAnyOrder(addresses);
      assertThat(answer.timeToLive()).isEqualTo(Duration.ofSeconds(7));
    }
  }

  @Test
  void tellsTheTimeToLiveToAllWhoAskAtTheSameTime() throws Exception {
    try (DnsServer dns = DnsServer.start(7);
        NameResolver resolver = resolver(dns)) {
      dns.put("app.test", "127.0.0.1");
      dns.mood(DnsServer.Mood.HOLDS_IPV6);
      CompletableFuture<NameResolver.Answer> one = resolver.resolve("app.test");
      await().until(() -> dns.questions() == 1 && dns.held() == 1);
      dns.mood(DnsServer.Mood.HOLDS);
      CompletableFuture<NameResolver.Answer> two = resolver.resolve("APP.test.");
      // Runs after the second query on the resolver's thread.
      resolver.schedule(() -> {}, Duration.ZERO).get(20, TimeUnit.SECONDS);
      dns.release();
      assertThat(one.get(20, TimeUnit.SECONDS).timeToLive()).isEqualTo(Duration.ofSeconds(7));
      assertThat(two.get(20, TimeUnit.SECONDS).timeToLive()).isEqualTo(Duration.ofSeconds(7));
    }
  }

  @Test
  void takesATimeToLiveWithTheHighestBitForZero() throws Exception {
    try (DnsServer dns = DnsServer.start(1L << 31);
        NameResolver resolver = resolver(dns)) {
      dns.put("app.test", "127.0.0.1");
      assertThat(resolver.resolve("app.test").get(20, TimeUnit.SECONDS).timeToLive())
          .isEqualTo(LEAST);
    }
  }

  @Test
  void aFailureIsToldInTheTermsOfDns() throws Exception {
    try (DnsServer dns = DnsServer.start(7);
        NameResolver resolver = resolver(dns)) {
      assertThat(words(resolver, "absent.test")).isEqualTo("DNS answers NXDOMAIN");
      dns.put("app.test", "127.0.0.1");
      dns.mood(DnsServer.Mood.FAILS);
      assertThat(words(resolver, "app.test")).isEqualTo("DNS answers SERVFAIL");
      dns.mood(DnsServer.Mood.SILENT);
      assertThat(words(resolver, "app.test")).isEqualTo("no DNS server answered in time");
    }
  }

  private static String words(NameResolver resolver, String name) throws Exception {
    return resolver.resolve(name).handle((answer, failure) -> NameResolver.words(failure)).get();
  }

  private static NameResolver resolver(DnsServer dns) {
    int port = Integer.parseInt(dns.hostAndPort().substring("127.0.0.1:".length()));
    return new NameResolver(
        new DnsConfig(
            List.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), port)),
            Duration.ofSeconds(1),
            LEAST,
            Duration.ofMinutes(5)));
  }
}
