package io.terminator.tls.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.unix.Buffer;
import io.netty.internal.tcnative.SSL;
import io.netty.internal.tcnative.SSLContext;
import io.terminator.core.route.BackendPool;
import io.terminator.core.route.Balance;
import io.terminator.core.route.RouteTable;
import io.terminator.testkit.HelloClient;
import io.terminator.testkit.KeyAlgorithm;
import io.terminator.testkit.TestCa;
import io.terminator.tls.certificate.Certificates;
import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.reader.CredentialLoader;
import io.terminator.tls.certificate.reader.WeakKeys;
import io.terminator.tls.certificate.source.CertificatesConfig;
import io.terminator.tls.certificate.source.WatchSettings;
import io.terminator.tls.clienthello.ClientHello;
import io.terminator.tls.clienthello.ClientHelloParser;
import io.terminator.tls.judgement.Judge;
import io.terminator.tls.judgement.ListenerRules;
import io.terminator.tls.judgement.ServingPolicy;
import io.terminator.tls.judgement.Snapshot;
import io.terminator.tls.judgement.Verdict;
import io.terminator.tls.policy.TlsPolicies;
import io.terminator.tls.policy.TlsPolicyConfig;
import io.terminator.tls.sni.SniConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The judgement refuses no client that BoringSSL would serve, and serves no client that BoringSSL
 * would refuse.
 */
class JudgeAgreesWithBoringSslTest {
  private static final int POLICIES = 40;
  private static final int HELLOS = 100;
  private static final int MEMORY = 64 * 1024;
  private static final InetSocketAddress CLIENT = new InetSocketAddress("192.0.2.1", 5555);
  private static final List<String> NAMES =
      List.of("ec.example", "ec384.example", "rsa.example", "both.example");
  private static final int[] CIPHERS = {
    0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0x009c, 0x0a0a
  };
  private static final int[] GROUPS = {0x11ec, 0x001d, 0x0017, 0x0018, 0x0019, 0x2a2a, 0x001e};
  private static final int[] SIGNATURES = {
    0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201, 0x0807
  };

  @TempDir Path directory;

  @Test
  void aboutServedVersionCertificateAndAlert() throws Exception {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    InstantSource clock = InstantSource.system();
    TestCa ca = TestCa.create();
    ca.leaf("ec.example").issue().writeTo(directory, "ec");
    ca.leaf("ec384.example").algorithm(KeyAlgorithm.ECDSA_P384).issue().writeTo(directory, "ec384");
    ca.leaf("rsa.example").rsa().issue().writeTo(directory, "rsa");
    ca.leaf("both.example").issue().writeTo(directory, "both-ec");
    ca.leaf("both.example").rsa().issue().writeTo(directory, "both-rsa");
    BoringSsl unused = BoringSsl.load();
    int served = 0;
    int refused = 0;
    try (Certificates certificates =
        new Certificates(
            new CredentialLoader(clock, WeakKeys.REFUSED),
            clock,
            WatchSettings.DEFAULT,
            new Certificates.UploadConfig(directory.resolveSibling("state"), null))) {
      var store = certificates.store(new CertificatesConfig.Directory(directory), null);
      for (int i = 0; i < POLICIES; i++) {
        TlsPolicyConfig config = policy(random);
        Snapshot snapshot =
            new Snapshot(
                new ListenerRules(
                    new RouteTable(new BackendPool("app", Balance.ROUND_ROBIN, List.of())),
                    List.of(new ServingPolicy(0, null, config)),
                    SniConfig.DEFAULT),
                store.snapshot());
        for (String name : NAMES) {
          List<Credential> credentials = store.snapshot().find(name, Instant.now()).credentials();
          long context = context(config, credentials);
          try {
            for (int j = 0; j < HELLOS / NAMES.size(); j++) {
              HelloClient.Offer offer = offer(random, name);
              String about = "seed " + seed + ", policy " + config + ", " + offer;
              Verdict verdict = Judge.judge(parsed(offer), CLIENT, null, snapshot, Instant.now());
              HelloClient.Answer answer;
              try (InMemory server = new InMemory(context)) {
                answer = HelloClient.ask(offer, server);
              }
              if (verdict instanceof Verdict.Serve serve) {
                assertThat(answer.alert()).as(about).isNegative();
                assertThat(answer.version()).as(about).isEqualTo(serve.version());
                if (answer.certificate() != null) {
                  assertThat(answer.certificate()).as(about).isEqualTo(serve.certificate().leaf());
                }
                served++;
              } else {
                Verdict.Refuse refusal = (Verdict.Refuse) verdict;
                assertThat(answer.alert())
                    .as(about + " " + refusal.failure().cause())
                    .isNotNegative();
                // RFC 8446 section 9.2 requires missing_extension; BoringSSL sends another alert.
                if (!refusal.failure().label().equals("missing_extension")) {
                  assertThat(answer.alert()).as(about).isEqualTo(refusal.alert().code());
                }
                refused++;
              }
            }
          } finally {
            SSLContext.free(context);
          }
        }
      }
    }
    assertThat(served).isGreaterThan(POLICIES * HELLOS / 10);
    assertThat(refused).isGreaterThan(POLICIES * HELLOS / 10);
  }

  private static ClientHello parsed(HelloClient.Offer offer) {
    byte[] raw = offer.record();
    ClientHelloParser parser = new ClientHelloParser();
    assertThat(parser.parse(ByteBuffer.wrap(raw), raw.length))
        .isEqualTo(ClientHelloParser.Outcome.COMPLETE);
    return parser.hello();
  }

  private static TlsPolicyConfig policy(Random random) {
    List<TlsPolicyConfig.Version> versions =
        switch (random.nextInt(4)) {
          case 0 -> List.of(TlsPolicyConfig.Version.TLS_1_2);
          case 1 -> List.of(TlsPolicyConfig.Version.TLS_1_3);
          default -> List.of();
        };
    return new TlsPolicyConfig(
        TlsPolicyConfig.Preset.INTERMEDIATE,
        versions,
        random.nextBoolean() ? List.of() : some(random, TlsPolicyConfig.KNOWN_GROUPS),
        random.nextBoolean() ? List.of() : some(random, TlsPolicyConfig.KNOWN_CIPHERS),
        List.of());
  }

  private static List<String> some(Random random, List<String> all) {
    List<String> shuffled = new ArrayList<>(all);
    Collections.shuffle(shuffled, random);
    return shuffled.subList(0, 1 + random.nextInt(all.size()));
  }

  private static HelloClient.Offer offer(Random random, String name) {
    boolean tls13 = random.nextInt(3) > 0;
    boolean tls12 = !tls13 || random.nextInt(3) > 0;
    int[] versions = tls13 ? tls12 ? new int[] {0x0304, 0x0303} : new int[] {0x0304} : new int[0];
    if (!tls13 && random.nextInt(4) == 0) {
      versions = random.nextBoolean() ? new int[] {0x0303} : new int[] {0x0302, 0x0301};
    }
    int legacy = tls13 || random.nextInt(6) > 0 ? 0x0303 : 0x0302;
    int[] groups = random.nextInt(12) == 0 ? null : some(random, GROUPS);
    int[] shares = null;
    if (tls13 && random.nextInt(12) > 0) {
      // A key share of a group that the client names; the JDK supports some of them.
      shares =
          groups == null
              ? new int[] {0x001d}
              : Arrays.stream(groups)
                  .filter(group -> group == 0x001d || (group >= 0x17 && group <= 0x19))
                  .limit(random.nextInt(3))
                  .toArray();
    }
    int[] ciphers = some(random, CIPHERS);
    if (random.nextInt(10) == 0) {
      ciphers = Arrays.copyOf(ciphers, ciphers.length + 1);
      ciphers[ciphers.length - 1] = 0x5600;
    }
    return new HelloClient.Offer(
        name,
        null,
        legacy,
        versions,
        ciphers,
        groups,
        shares,
        random.nextInt(10) == 0 ? null : some(random, SIGNATURES));
  }

  private static int[] some(Random random, int[] all) {
    List<Integer> shuffled = new ArrayList<>(Arrays.stream(all).boxed().toList());
    Collections.shuffle(shuffled, random);
    return shuffled.stream()
        .limit(1 + random.nextInt(all.length))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private static long context(TlsPolicyConfig config, List<Credential> credentials)
      throws Exception {
    TlsSettings settings = TlsPolicies.settings(config, null, "test");
    long context =
        SSLContext.make(
            (settings.tls12() ? SSL.SSL_PROTOCOL_TLSV1_2 : 0)
                | (settings.tls13() ? SSL.SSL_PROTOCOL_TLSV1_3 : 0),
            SSL.SSL_MODE_SERVER);
    TlsContext.configure(context, settings);
    for (Credential credential : credentials) {
      TlsContext.addCredential(context, new KeyPair(credential.pemChain(), credential.pemKey()));
    }
    return context;
  }

  /** The server side of a connection in memory: it runs when it receives bytes. */
  private static final class InMemory implements HelloClient.Wire, AutoCloseable {
    private static final ByteBuffer MEMORY_IN = ByteBuffer.allocateDirect(MEMORY);
    private static final ByteBuffer MEMORY_OUT = ByteBuffer.allocateDirect(MEMORY);

    private final long context;
    private long ssl;
    private long bio;
    private byte[] answer = new byte[0];
    private int at;

    InMemory(long context) {
      this.context = context;
    }

    @Override
    public void send(byte[] bytes) throws IOException {
      if (ssl == 0) {
        ssl = SSL.newSSL(context, true);
        bio = SSL.bioNewByteBuffer(ssl, MEMORY);
      }
      MEMORY_IN.put(0, bytes);
      SSL.bioSetByteBuffer(bio, Buffer.memoryAddress(MEMORY_IN), bytes.length, false);
      int result = SSL.doHandshake(ssl);
      int error = SSL.getError(ssl, result);
      SSL.bioSetByteBuffer(bio, Buffer.memoryAddress(MEMORY_OUT), MEMORY, true);
      int produced = SSL.bioFlushByteBuffer(bio);
      byte[] fresh = new byte[produced];
      MEMORY_OUT.get(0, fresh);
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      all.write(answer, at, answer.length - at);
      all.writeBytes(fresh);
      answer = all.toByteArray();
      at = 0;
      SSL.clearError();
      if (produced == 0) {
        throw new IOException("BoringSSL said nothing, error " + error);
      }
    }

    @Override
    public void close() {
      if (ssl != 0) {
        SSL.freeSSL(ssl);
      }
    }

    @Override
    public byte[] receive(int length) throws IOException {
      if (at + length > answer.length) {
        throw new IOException("BoringSSL said no more");
      }
      at += length;
      return Arrays.copyOfRange(answer, at - length, at);
    }
  }
}
