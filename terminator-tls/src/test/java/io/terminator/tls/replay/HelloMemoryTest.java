package io.terminator.tls.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.unix.DomainSocketAddress;
import io.terminator.core.observe.Diagnostics;
import io.terminator.core.worker.Worker;
import io.terminator.tls.clienthello.ClientHello;
import io.terminator.tls.clienthello.ClientOffer;
import io.terminator.tls.clienthello.Ja4;
import io.terminator.tls.replay.HelloMemory.Hello;
import io.terminator.tls.replay.HelloMemory.Kept;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HelloMemoryTest {
  private static final long NOW = 1_000_000 * HelloMemory.PERIOD_MILLIS;
  private static final int HOUR = 100_000;

  private final Diagnostics diagnostics = new Diagnostics();
  private final Worker worker = new Worker("test", diagnostics);
  private final HelloMemory memory = new HelloMemory(2);

  @AfterEach
  void stop() {
    worker.stop().awaitUninterruptibly();
    diagnostics.close();
  }

  @Test
  void whatDecidesAnAnswerIsReadAsItWasSent() throws Exception {
    ClientHello sent =
        ClientOffer.modern().serverName("shop.example").alpn(List.of("h2", "http/1.1")).hello();
    memory.of("web").add(worker, sent, client("192.0.2.7"), null, NOW);
    Hello read = all(NOW).get(0);
    assertThat(read.listener()).isEqualTo("web");
    assertThat(read.client()).isEqualTo(new InetSocketAddress("192.0.2.7", 0));
    assertThat(read.count()).isEqualTo(1);
    ClientHello hello = read.hello();
    assertThat(hello.serverName()).isEqualTo("shop.example");
    assertThat(hello.alpn()).containsExactly("h2", "http/1.1");
    assertThat(hello.supportedVersions()).containsExactly(0x0304, 0x0303);
    assertThat(hello.cipherSuites()).isEqualTo(sent.cipherSuites());
    assertThat(hello.groups()).isEqualTo(sent.groups());
    assertThat(hello.signatureAlgorithms()).isEqualTo(sent.signatureAlgorithms());
    assertThat(hello.extensions()).containsExactlyInAnyOrder(sent.extensions());
    assertThat(Ja4.of(hello)).isEqualTo(Ja4.of(sent));
  }

  @Test
  void whatAClientDrawsAnewMakesNoOtherHello() throws Exception {
    ClientHello first = hello(new int[] {0x1a1a, 0x1301}, new int[] {0x2a2a, 0, 10, 13, 43, 51});
    ClientHello again =
        hello(new int[] {0xfafa, 0x1301}, new int[] {0, 51, 43, 13, 10, 0x3a3a, 41});
    memory.of("web").add(worker, first, client("192.0.2.7"), null, NOW);
    memory.of("web").add(worker, again, client("192.0.2.7"), null, NOW);
    assertThat(all(NOW)).hasSize(1).allMatch(each -> each.count() == 2);
    memory.of("other").add(worker, again, client("192.0.2.7"), null, NOW);
    memory.of("web").add(worker, again, client("2001:db8::7"), null, NOW);
    memory.of("web").add(worker, again, new DomainSocketAddress("/run/x"), null, NOW);
    memory.of("web").add(worker, again, client("192.0.2.7"), client("198.51.100.1"), NOW);
    assertThat(all(NOW)).hasSize(5);
    assertThat(all(NOW).get(2).client()).isEqualTo(client("2001:db8::7"));
    assertThat(all(NOW).get(3).client()).isNull();
    assertThat(all(NOW).get(4).destination()).isEqualTo(client("198.51.100.1"));
  }

  @Test
  void anHourIsKeptAndWhatIsOlderIsNotRead() throws Exception {
    for (int half = 0; half < 6; half++) {
      add("n" + half, half, NOW + half * HelloMemory.PERIOD_MILLIS + 5);
    }
    long now = NOW + 5 * HelloMemory.PERIOD_MILLIS + 10;
    assertThat(names(now)).containsExactly("n3", "n4", "n5");
    assertThat(read(now).since().toEpochMilli()).isEqualTo(NOW + 3 * HelloMemory.PERIOD_MILLIS + 5);
    assertThat(names(now + HelloMemory.PERIOD_MILLIS)).containsExactly("n4", "n5");
    assertThat(names(now + 9 * HelloMemory.PERIOD_MILLIS)).isEmpty();
  }

  @Test
  void aHundredThousandHellosAnHourAreKeptInLessThan16MiB() throws Exception {
    ClientHello[] kinds = new ClientHello[40];
    for (int i = 0; i < kinds.length; i++) {
      kinds[i] = hello(new int[] {0x1301, 0xc000 + i}, new int[] {0, 10, 13, 43, 51});
    }
    Worker other = new Worker(1, 0, 1 << 20, diagnostics);
    // Loads what is used, so that only tables are measured.
    new HelloMemory(2).of("web").add(worker, kinds[0], client("192.0.2.1"), null, NOW);
    try {
      HelloMemory measured = new HelloMemory(2);
      long before = used();
      for (int i = 0; i < HOUR; i++) {
        for (int twice = 0; twice < 2; twice++) {
          measured
              .of("web")
              .add(
                  i % 2 == 0 ? worker : other,
                  kinds[i % kinds.length].to("tenant-" + i + ".example.com"),
                  client(i),
                  null,
                  NOW + i * 2L * HelloMemory.PERIOD_MILLIS / HOUR);
        }
      }
      long retained = used() - before;
      assertThat(retained).as("bytes").isBetween(2L << 20, 16L << 20);
      Kept kept = measured.read(hello -> assertThat(hello.isShared()).isFalse(), NOW);
      assertThat(kept.unkept()).isZero();
      Set<String> names = new TreeSet<>();
      measured.read(hello -> names.add(String.valueOf(hello.hello().serverName())), NOW);
      assertThat(names).hasSize(HOUR);
    } finally {
      other.stop().awaitUninterruptibly();
    }
  }

  @Test
  void withoutRoomSourcesAreMergedAndThenHellosOnlyCounted() throws Exception {
    HelloMemory small = new HelloMemory(256);
    ClientHello one = ClientOffer.modern().serverName("one.example").hello();
    for (int i = 0; i < 3000; i++) {
      small.of("web").add(worker, one, client(i), null, NOW);
    }
    List<Hello> read = new ArrayList<>();
    Kept kept = small.read(read::add, NOW);
    assertThat(kept.unkept()).isZero();
    assertThat(read.stream().filter(Hello::isShared)).hasSize(1);
    assertThat(read.stream().mapToInt(Hello::count).sum()).isEqualTo(3000);
    for (int i = 0; i < 5000; i++) {
      small.of("web").add(worker, one.to("n" + i + ".example"), client(i), null, NOW);
    }
    read.clear();
    kept = small.read(read::add, NOW);
    assertThat(kept.unkept()).isPositive();
    assertThat(read.stream().mapToLong(Hello::count).sum() + kept.unkept()).isEqualTo(8000);
    assertThat(kept.hellos()).isEqualTo(read.size());
  }

  @Test
  void aWorkerThatReplacesAnotherHasItsHellos() throws Exception {
    add("before", 1, NOW);
    Worker next = new Worker(worker.index(), worker.generation() + 1, 1 << 20, diagnostics);
    try {
      memory.of("web").add(next, ClientOffer.modern().hello().to("after"), client(1), null, NOW);
      assertThat(names(NOW)).containsExactly("after", "before");
      add("too late", 1, NOW);
      assertThat(names(NOW)).containsExactly("after", "before");
    } finally {
      next.stop().awaitUninterruptibly();
    }
  }

  @Test
  void theOldestTableMakesRoomForTheNewest() throws Exception {
    HelloMemory small = new HelloMemory(256);
    for (int half = 0; half < 3; half++) {
      for (int i = 0; i < 300; i++) {
        small
            .of("web")
            .add(
                worker,
                ClientOffer.modern().serverName("n" + half + ".example").hello(),
                client(i),
                null,
                NOW + half * HelloMemory.PERIOD_MILLIS);
      }
    }
    long now = NOW + 2 * HelloMemory.PERIOD_MILLIS;
    Set<String> names = new TreeSet<>();
    Kept kept = small.read(hello -> names.add(String.valueOf(hello.hello().serverName())), now);
    assertThat(names).containsExactly("n1.example", "n2.example");
    assertThat(kept.since().toEpochMilli()).isEqualTo(NOW + HelloMemory.PERIOD_MILLIS);
  }

  private void add(String name, int client, long millis) throws UnknownHostException {
    memory
        .of("web")
        .add(worker, ClientOffer.modern().hello().to(name), client(client), null, millis);
  }

  private Kept read(long millis) {
    return memory.read(hello -> {}, millis);
  }

  private List<Hello> all(long millis) {
    List<Hello> all = new ArrayList<>();
    memory.read(all::add, millis);
    return all;
  }

  private Set<String> names(long millis) {
    Set<String> names = new TreeSet<>();
    all(millis).forEach(hello -> names.add(String.valueOf(hello.hello().serverName())));
    return names;
  }

  private static long used() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 5; i++) {
      System.gc();
      Runtime runtime = Runtime.getRuntime();
      least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
    }
    return least;
  }

  private static InetSocketAddress client(String address) {
    return new InetSocketAddress(address, 0);
  }

  private static InetSocketAddress client(int number) throws UnknownHostException {
    return new InetSocketAddress(
        InetAddress.getByAddress(
            new byte[] {10, (byte) (number >> 16), (byte) (number >> 8), (byte) number}),
        0);
  }

  private static ClientHello hello(int[] ciphers, int[] extensions) {
    int[] groups = {0x11ec, 0x001d};
    return new ClientHello(
        0x0303,
        ciphers,
        extensions,
        new int[] {0x0304},
        groups,
        new int[] {0x11ec},
        new int[] {0x0403},
        List.of(),
        null,
        false,
        false);
  }
}
