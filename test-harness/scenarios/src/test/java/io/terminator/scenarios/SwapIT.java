package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.testkit.Credential;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.TlsClient;
import io.terminator.testkit.TlsConnection;
import io.terminator.tls.certificate.Certificates;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;

/**
 * A certificate is replaced a thousand times under load: no client fails, and no native memory
 * leaks.
 */
class SwapIT {
  private static final int SWAPS = 1000;
  private static final int WARM_UP = 300;
  private static final int CLIENTS = 2;

  /**
   * In a young process, compiled code and classes take 25 MiB of it; contexts are counted
   * separately and exactly.
   */
  private static final long MOST_GROWTH_KIB = 48 * 1024;

  @Test
  void aThousandSwapsFailNobodyAndKeepNothing() throws Exception {
    try (EchoBackend echo = EchoBackend.start();
        RunningTerminator terminator = RunningTerminator.before(echo.address())) {
      List<Credential> turns =
          List.of(
              terminator.ca().server("localhost"),
              terminator.ca().leaf("localhost").rsa().issue(),
              terminator.ca().server("localhost", "other.example"));
      Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
      Set<X509Certificate> seen = ConcurrentHashMap.newKeySet();
      AtomicInteger handshakes = new AtomicInteger();
      AtomicBoolean over = new AtomicBoolean();
      Certificates certificates = terminator.terminator().certificates();
      try (TlsConnection live = terminator.client().connect(terminator.address())) {
        List<Thread> clients = start(terminator, failures, seen, handshakes, over);
        long before = 0;
        for (int swap = 0; swap < SWAPS; swap++) {
          Credential next = turns.get(swap % turns.size());
          assertThat(
                  certificates
                      .put("localhost", ascii(next.chainPem()), ascii(next.keyPem()), null, null)
                      .isAccepted())
              .isTrue();
          if (swap == WARM_UP) {
            before = residentBesideHeapKib();
          }
          if (swap % 50 == 0) {
            // The backend closes a client that is silent for as long as this may take.
            assertGoesOn(live);
          }
        }
        int enough = handshakes.get() + 5;
        await()
            .atMost(RunningTerminator.PATIENCE)
            .until(() -> handshakes.get() > enough || !failures.isEmpty());
        over.set(true);
        for (Thread client : clients) {
          client.join();
        }
        assertThat(failures).isEmpty();
        assertGoesOn(live);
        assertThat(residentBesideHeapKib() - before)
            .as("KiB of growth")
            .isLessThan(MOST_GROWTH_KIB);
      }
      assertThat(seen).containsAll(leaves(turns));
      terminator.awaitNoConnection();
      // The one that serves.
      assertThat(terminator.terminator().library().liveContexts()).isEqualTo(1);
    }
  }

  private static List<Thread> start(
      RunningTerminator terminator,
      Queue<Throwable> failures,
      Set<X509Certificate> seen,
      AtomicInteger handshakes,
      AtomicBoolean over) {
    List<Thread> clients = new java.util.ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      Thread client =
          new Thread(
              () -> {
                TlsClient own = terminator.client();
                while (!over.get()) {
                  try (TlsConnection connection = own.fresh().connect(terminator.address())) {
                    connection.write("x");
                    assertThat(connection.readExactly(1)).isEqualTo(ascii("x"));
                    seen.add(connection.peerCertificates().get(0));
                    handshakes.incrementAndGet();
                  } catch (IOException | AssertionError failure) {
                    failures.add(failure);
                    return;
                  }
                }
              },
              "swap-client-" + i);
      client.start();
      clients.add(client);
    }
    return clients;
  }

  private static Set<X509Certificate> leaves(List<Credential> credentials) {
    Set<X509Certificate> leaves = new HashSet<>();
    credentials.forEach(credential -> leaves.add(credential.leaf()));
    return leaves;
  }

  private static void assertGoesOn(TlsConnection live) throws IOException {
    live.write("still");
    assertThat(live.readExactly(5)).isEqualTo(ascii("still"));
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * The memory of the process other than the Java heap, whose size depends on the collector and the
   * JDK.
   */
  private static long residentBesideHeapKib() throws Exception {
    String heap =
        (String)
            ManagementFactory.getPlatformMBeanServer()
                .invoke(
                    new ObjectName("com.sun.management:type=DiagnosticCommand"),
                    "gcHeapInfo",
                    null,
                    null);
    // One range, or one for each generation, of which the bounds are the first and the last number.
    Matcher range = Pattern.compile("\\[0x(\\p{XDigit}+), .*?0x(\\p{XDigit}+)\\)").matcher(heap);
    long from = Long.MAX_VALUE;
    long to = 0;
    while (range.find()) {
      from = Math.min(from, Long.parseUnsignedLong(range.group(1), 16));
      to = Math.max(to, Long.parseUnsignedLong(range.group(2), 16));
    }
    assertThat(to).as(heap).isGreaterThan(from);
    boolean counts = false;
    long kib = 0;
    for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
      Matcher mapping = Pattern.compile("^(\\p{XDigit}+)-\\p{XDigit}+ ").matcher(line);
      if (mapping.find()) {
        long start = Long.parseUnsignedLong(mapping.group(1), 16);
        counts = start < from || start >= to;
      } else if (counts && line.startsWith("Rss:")) {
        kib += Long.parseLong(line.replaceAll("\\D", ""));
      }
    }
    return kib;
  }
}
