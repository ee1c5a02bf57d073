package io.terminator.core.http.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.core.http.message.Head;
import io.terminator.core.http.message.HeadKind;
import io.terminator.core.http.message.Heads;
import io.terminator.core.http.route.HttpRouteConfig.RateLimit;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RequestRateTest {
  private static final long SECOND = 1_000_000_000L;
  private static final InetSocketAddress ALICE = new InetSocketAddress("192.0.2.7", 1);
  private static final InetSocketAddress BOB = new InetSocketAddress("192.0.2.8", 1);

  /** Any value: the clock of a process starts anywhere, also below zero. */
  private final long start = ThreadLocalRandom.current().nextLong(-SECOND << 20, SECOND << 20);

  private final Heads heads = new Heads();

  private RequestRate rate(int requests, int perSeconds, int burst, @Nullable String field) {
    return new RequestRate(
        new RateLimit(requests, Duration.ofSeconds(perSeconds), burst, field), start);
  }

  private Head request(String... fields) {
    Head head = heads.take(HeadKind.REQUEST);
    for (int i = 0; i < fields.length; i += 2) {
      head.add(fields[i], fields[i + 1]);
    }
    return head;
  }

  @Test
  void allowsTheBurstAndThenTheRate() {
    RequestRate rate = rate(2, 1, 3, null);
    Head request = request();
    for (int i = 0; i < 3; i++) {
      assertThat(rate.take(request, ALICE, start)).isZero();
    }
    assertThat(rate.take(request, ALICE, start)).isEqualTo(SECOND / 2);
    assertThat(rate.take(request, ALICE, start + SECOND / 2)).isZero();
    assertThat(rate.take(request, ALICE, start + SECOND / 2)).isEqualTo(SECOND / 2);
    assertThat(rate.take(request, ALICE, start + 100 * SECOND)).isZero();
    assertThat(rate.take(request, ALICE, start + 100 * SECOND)).isZero();
    assertThat(rate.take(request, ALICE, start + 100 * SECOND)).isZero();
    assertThat(rate.take(request, ALICE, start + 100 * SECOND)).isPositive();
  }

  @Test
  void refusedRequestsDoNotProlongTheWait() {
    RequestRate rate = rate(1, 60, 1, null);
    Head request = request();
    assertThat(rate.take(request, ALICE, start)).isZero();
    for (int i = 0; i < 1000; i++) {
      assertThat(rate.take(request, ALICE, start + SECOND)).isEqualTo(59 * SECOND);
    }
    assertThat(rate.take(request, ALICE, start + 60 * SECOND)).isZero();
  }

  @Test
  void countsClientsApartByAddressAndByHeader() {
    RequestRate rate = rate(1, 60, 1, "X-Key");
    assertThat(rate.take(request("x-key", "a"), ALICE, start)).isZero();
    assertThat(rate.take(request("X-Key", "a"), BOB, start)).as("the same key").isPositive();
    assertThat(rate.take(request("X-Key", "b"), ALICE, start)).isZero();
    assertThat(rate.take(request(), ALICE, start)).as("without the field").isZero();
    assertThat(rate.take(request(), ALICE, start)).isPositive();
    assertThat(rate.take(request(), BOB, start)).isZero();
  }

  @Test
  void takesAnIpv6NetworkForOneClient() {
    RequestRate rate = rate(1, 60, 1, null);
    assertThat(rate.take(request(), new InetSocketAddress("2001:db8::1", 1), start)).isZero();
    assertThat(rate.take(request(), new InetSocketAddress("2001:db8::2", 1), start)).isPositive();
    assertThat(rate.take(request(), new InetSocketAddress("2001:db8:0:1::1", 1), start)).isZero();
  }

  /** Thousands of clients that each keep to the rate are hardly ever taken for one another. */
  @Test
  void manyClientsDoNotLimitEachOther() throws UnknownHostException {
    RequestRate rate = rate(1, 60, 1, null);
    int refused = 0;
    for (int i = 0; i < 2000; i++) {
      byte[] address = {10, 0, (byte) (i >>> 8), (byte) i};
      InetSocketAddress client = new InetSocketAddress(InetAddress.getByAddress(address), 1);
      refused += rate.take(request(), client, start) == 0 ? 0 : 1;
    }
    // Two tables of 32768: about 2000 * (1000 / 32768)^2 = 2 of 2000.
    assertThat(refused).isLessThan(20);
  }
}
