package io.terminator.tls.clienthello;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.tls.clienthello.ClientHelloParser.Outcome;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClientHelloParserTest {

  @Test
  void readsWhatTheJdkOffers() throws Exception {
    ClientHello hello = parsed(jdkHello("Shop.Example.COM"));
    assertThat(hello.serverName()).isEqualTo("shop.example.com");
    assertThat(hello.alpn()).containsExactly("h2", "http/1.1");
    assertThat(hello.offersTls13()).isTrue();
    assertThat(hello.offersTls12()).isTrue();
    assertThat(hello.offersResumption()).isFalse();
    assertThat(hello.cipherSuites()).contains(0x1301, 0xc02b);
    assertThat(hello.groups()).contains(0x001d, 0x0017);
    assertThat(hello.keyShares()).isNotEmpty();
    assertThat(hello.signatureAlgorithms()).contains(0x0403, 0x0804);
  }

  @Test
  void asksForMoreAtEveryPlaceButTheLast() throws Exception {
    byte[] raw = jdkHello("localhost");
    for (int length = 0; length < raw.length; length++) {
      assertThat(new ClientHelloParser().parse(ByteBuffer.wrap(raw), length))
          .as("after %s bytes", length)
          .isEqualTo(Outcome.NEED_MORE);
    }
    assertThat(new ClientHelloParser().parse(ByteBuffer.wrap(raw), raw.length))
        .isEqualTo(Outcome.COMPLETE);
  }

  @Test
  void isTheSameHelloHoweverItIsCutIntoRecords() throws Exception {
    byte[] raw = jdkHello("localhost");
    ClientHello whole = parsed(raw);
    for (int size : new int[] {1, 2, 3, 5, 100, raw.length}) {
      ClientHello cut = parsed(recut(raw, size));
      assertThat(cut.extensions()).isEqualTo(whole.extensions());
      assertThat(cut.serverName()).isEqualTo("localhost");
      assertThat(Ja4.of(cut)).isEqualTo(Ja4.of(whole));
    }
  }

  @Test
  void neverThrowsWhateverIsChanged() throws Exception {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    byte[] raw = jdkHello("localhost");
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] changed = raw.clone();
      for (int change = random.nextInt(4); change >= 0; change--) {
        changed[random.nextInt(changed.length)] = (byte) random.nextInt();
      }
      ClientHelloParser parser = new ClientHelloParser();
      Outcome outcome = parser.parse(ByteBuffer.wrap(changed), changed.length);
      if (outcome == Outcome.REFUSED) {
        assertThat(parser.problem()).isNotNull();
        refused++;
      } else if (outcome == Outcome.COMPLETE) {
        assertThat(Ja4.of(parser.hello())).hasSizeGreaterThan(30);
      }
    }
    assertThat(refused).isPositive();
  }

  @ParameterizedTest
  @CsvSource({
    "'GET / HTTP/1.1', PLAIN_HTTP",
    "'POST /x', PLAIN_HTTP",
    "'XSEARCH /a', PLAIN_HTTP",
    "'PRI * HTTP/2.0', PLAIN_HTTP",
    "SSH-2.0-OpenSSH, SSH",
    "'EHLO mail.example\r\n', SMTP",
    "'STARTTLS\r\n', SMTP",
    "'USER anonymous\r\n', FTP",
    "'PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n', PROXY_HEADER",
    "'NICK somebody\r\n', NOT_TLS",
    "'PROXYING:', NOT_TLS",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ, NOT_TLS",
    "'\u0080\u002e\u0001\u0003\u0001', SSL2",
    "'\u0080\u002e\u0002', NOT_TLS",
    "'\u0000\u0000\u0000\u0008\u0004\u00d2', NOT_TLS",
    "'\u0015\u0003\u0001\u0000\u0002\u0001\u0000', RECORD_WITHOUT_HELLO",
    "'\u0017\u0003\u0003\u0000\u0002', RECORD_WITHOUT_HELLO",
    "'\u0015\u0009', NOT_TLS",
    "'\u0016\u0002\u0001\u0000\u0002\u0001\u0000', BAD_RECORD",
    "'\u0016\u0003\u0001\u0000\u0000\u0001', BAD_RECORD",
    "'\u0016\u0003\u0001\u0040\u0001\u0001', RECORD_TOO_LONG",
    "'\u0016\u0003\u0001\u0000\u0004\u0002\u0000\u0000\u0000', NOT_CLIENT_HELLO",
    "'\u0016\u0003\u0001\u0001\u0000\u0001\u0000\u0050\u0000', HELLO_TOO_LARGE",
    "'\u0016\u0003\u0001\u0000\u0006\u0001\u0000\u0000\u0002\u0003\u0003', MALFORMED",
  })
  void saysWhatElseAClientSpeaks(String bytes, HelloProblem problem) {
    byte[] raw = bytes.getBytes(StandardCharsets.ISO_8859_1);
    ClientHelloParser parser = new ClientHelloParser();
    assertThat(parser.parse(ByteBuffer.wrap(raw), raw.length)).isEqualTo(Outcome.REFUSED);
    assertThat(parser.problem()).isEqualTo(problem);
    assertThat(parser.problem().words()).isNotBlank();
  }

  @Test
  void knowsTheSignatureOfABinaryProxyHeader() {
    String signature = "\r\n\r\n\0\r\nQUIT\n";
    assertThat(refusal((signature + "!\021").getBytes(StandardCharsets.ISO_8859_1)))
        .isEqualTo(HelloProblem.PROXY_HEADER);
    assertThat(refusal(signature.replace('T', 'X').getBytes(StandardCharsets.ISO_8859_1)))
        .isEqualTo(HelloProblem.NOT_TLS);
  }

  @ParameterizedTest
  @CsvSource({"GET /, PLAIN_HTTP", "SSH-2.0, SSH", "PROXY TCP4, PROXY_HEADER", "EHLO a, SMTP"})
  void namesTheProtocolOfWhatComesAByteAtATime(String bytes, HelloProblem problem) {
    byte[] raw = bytes.getBytes(StandardCharsets.US_ASCII);
    ClientHelloParser parser = new ClientHelloParser();
    int length = 1;
    while (parser.parse(ByteBuffer.wrap(raw), length) == Outcome.NEED_MORE) {
      length++;
    }
    assertThat(parser.problem()).isEqualTo(problem);
  }

  /**
   * RFC 7301 section 3.1 and RFC 8446 sections 4.2.1 to 4.2.8: each list has at least one entry,
   * each entry at least one byte.
   */
  @Test
  void refusesEmptyListsAndEntries() {
    for (int type : new int[] {16, 10, 13}) {
      assertThat(refusal(hello(extension(type, new byte[] {0, 0}))))
          .as("an empty list in extension %s", type)
          .isEqualTo(HelloProblem.MALFORMED);
      assertThat(refusal(hello(extension(type, new byte[0]))))
          .as("no list in extension %s", type)
          .isEqualTo(HelloProblem.MALFORMED);
    }
    assertThat(refusal(hello(extension(43, new byte[] {0})))).isEqualTo(HelloProblem.MALFORMED);
    assertThat(refusal(hello(extension(51, new byte[] {0, 4, 0, 29, 0, 0}))))
        .isEqualTo(HelloProblem.MALFORMED);
    assertThat(refusal(hello(extension(16, new byte[] {0, 1, 0}))))
        .isEqualTo(HelloProblem.MALFORMED);
  }

  @Test
  void refusesBytesBehindAList() {
    byte[] protocols = {0, 3, 2, 'h', '2', 0};
    assertThat(refusal(hello(extension(16, protocols)))).isEqualTo(HelloProblem.MALFORMED);
    for (int type : new int[] {10, 13, 51}) {
      assertThat(refusal(hello(extension(type, new byte[] {0, 2, 0, 29, 0}))))
          .as("extension %s", type)
          .isEqualTo(HelloProblem.MALFORMED);
    }
    assertThat(refusal(hello(extension(43, new byte[] {2, 3, 4, 0}))))
        .isEqualTo(HelloProblem.MALFORMED);
    assertThat(refusal(hello(extension(0, new byte[] {0, 4, 0, 0, 1, 'a', 0}))))
        .isEqualTo(HelloProblem.MALFORMED);
  }

  /** An empty list of key shares requests a HelloRetryRequest (RFC 8446 section 4.2.8). */
  @Test
  void anEmptyListOfKeySharesIsAllowed() throws Exception {
    assertThat(parsed(hello(extension(51, new byte[] {0, 0}))).keyShares()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "www.example.com, www.example.com",
    "WWW.Example.Com., www.example.com",
    "127.0.0.1,",
    "::1,",
    "xn--bcher-kva.example, xn--bcher-kva.example",
    "a_b.example, a_b.example",
    "WWW.example.com:8443, www.example.com:8443",
    "fe80::1:443,",
    "192.0.2.1:443,",
  })
  void readsNamesAsTheyAreComparedLater(String sent, String read) throws Exception {
    assertThat(
            parsed(hello(extension(0, serverName(sent.getBytes(StandardCharsets.UTF_8)))))
                .serverName())
        .isEqualTo(read);
  }

  @ParameterizedTest
  @CsvSource({
    ".",
    "a..b",
    ".a",
    "'a b'",
    "'a\u0000b'",
    "bücher.example",
    "*.example.com",
    "-a.example",
    "a-.example",
    "a.example-"
  })
  void refusesNamesThatAreNone(String sent) {
    assertThat(refusal(hello(extension(0, serverName(sent.getBytes(StandardCharsets.UTF_8))))))
        .isEqualTo(HelloProblem.BAD_SERVER_NAME);
  }

  @Test
  void refusesAnEmptyName() {
    assertThat(refusal(hello(extension(0, serverName(new byte[0])))))
        .isEqualTo(HelloProblem.MALFORMED);
  }

  @Test
  void anEmptyPreSharedKeyOffersNoResumption() throws Exception {
    assertThat(parsed(hello(extension(41, new byte[0]))).offersResumption()).isFalse();
    // An empty list of identities, then an empty one of binders.
    assertThat(parsed(hello(extension(41, new byte[4]))).offersResumption()).isFalse();
    byte[] one = {0, 7, 0, 1, 'a', 0, 0, 0, 0, 0, 2, 1, 'b'};
    assertThat(parsed(hello(extension(41, one))).offersResumption()).isTrue();
  }

  @Test
  void refusesNamesThatAreTooLong() {
    byte[] longLabel = ("a".repeat(64) + ".example").getBytes(StandardCharsets.US_ASCII);
    byte[] longName = ("a.".repeat(200) + "example").getBytes(StandardCharsets.US_ASCII);
    assertThat(refusal(hello(extension(0, serverName(longLabel)))))
        .isEqualTo(HelloProblem.BAD_SERVER_NAME);
    assertThat(refusal(hello(extension(0, serverName(longName)))))
        .isEqualTo(HelloProblem.BAD_SERVER_NAME);
  }

  @Test
  void refusesAnExtensionThatComesTwice() {
    byte[] once = extension(35, new byte[0]);
    assertThat(refusal(hello(concat(once, once)))).isEqualTo(HelloProblem.DUPLICATE_EXTENSION);
  }

  @Test
  void goesOnWhereItStoppedHoweverTheBytesArrive() throws Exception {
    byte[] raw = jdkHello("localhost");
    ClientHello whole = parsed(raw);
    for (int size : new int[] {1, 2, 3, 5, 100, raw.length}) {
      byte[] cut = recut(raw, size);
      for (int segment : new int[] {1, 4, 7, 64}) {
        ClientHelloParser parser = new ClientHelloParser();
        ByteBuffer sent = ByteBuffer.wrap(cut);
        for (int length = segment; length < cut.length; length += segment) {
          assertThat(parser.parse(sent, length))
              .as("records of %s, segments of %s, after %s", size, segment, length)
              .isEqualTo(Outcome.NEED_MORE);
        }
        assertThat(parser.parse(sent, cut.length)).isEqualTo(Outcome.COMPLETE);
        assertThat(parser.hello().extensions()).isEqualTo(whole.extensions());
        assertThat(parser.hello().serverName()).isEqualTo("localhost");
      }
      for (int first = 1; first < cut.length; first++) {
        ClientHelloParser parser = new ClientHelloParser();
        assertThat(parser.parse(ByteBuffer.wrap(cut), first)).isEqualTo(Outcome.NEED_MORE);
        assertThat(parser.parse(ByteBuffer.wrap(cut), cut.length))
            .as("records of %s, cut after %s", size, first)
            .isEqualTo(Outcome.COMPLETE);
      }
    }
  }

  @Test
  void looksAtAWholeRecordOnlyOnce() throws Exception {
    byte[] cut = recut(jdkHello("localhost"), 1);
    ClientHelloParser parser = new ClientHelloParser();
    assertThat(parser.parse(ByteBuffer.wrap(cut), cut.length - 1)).isEqualTo(Outcome.NEED_MORE);
    byte[] spoiled = cut.clone();
    // Headers are read only once: the cost per byte does not grow with the number of bytes before
    // it.
    java.util.Arrays.fill(spoiled, 0, 30, (byte) 0);
    assertThat(parser.parse(ByteBuffer.wrap(spoiled), cut.length - 1)).isEqualTo(Outcome.NEED_MORE);
  }

  @Test
  void refusesMoreProtocolsThanAnyClientOffers() throws Exception {
    assertThat(parsed(hello(protocols(32))).alpn()).hasSize(32);
    assertThat(refusal(hello(protocols(33)))).isEqualTo(HelloProblem.MALFORMED);
    assertThat(refusal(hello(protocols(8_000)))).isEqualTo(HelloProblem.MALFORMED);
  }

  @Test
  void theCacheKeepsNoHelloOfUnusualSize() throws Exception {
    Ja4Cache cache = new Ja4Cache();
    ClientHello usual = parsed(jdkHello("localhost"));
    ClientHello huge = parsed(hello(extension(10, vector16(new byte[16_000]))));
    assertThat(cache.of(usual)).isEqualTo(Ja4.of(usual));
    assertThat(cache.of(huge)).isEqualTo(Ja4.of(huge));
    assertThat(cache.remembers(usual)).isTrue();
    assertThat(cache.remembers(huge)).isFalse();
  }

  /** The fingerprint that the JA4 specification computes for this browser. */
  @Test
  void ja4IsTheOneOfTheDescription() {
    int[] ciphers = {
      0x4a4a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013,
      0xc014, 0x009c, 0x009d, 0x002f, 0x0035
    };
    int[] extensions = {
      0x5a5a, 0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005, 0x0023,
      0x0012, 0x002b, 0xff01, 0x000b, 0x000a, 0x0015
    };
    int[] signatures = {0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601};
    ClientHello hello =
        new ClientHello(
            0x0303,
            ciphers,
            extensions,
            new int[] {0x3a3a, 0x0304, 0x0303},
            new int[0],
            new int[0],
            signatures,
            List.of("h2", "http/1.1"),
            "example.com",
            false,
            false);
    assertThat(Ja4.of(hello)).isEqualTo("t13d1516h2_8daaf6152771_e5627efa2ab1");
    assertThat(new Ja4Cache().of(hello)).isEqualTo(Ja4.of(hello));
  }

  @Test
  void theCacheTakesNoHelloForAnother() throws Exception {
    Ja4Cache cache = new Ja4Cache();
    List<ClientHello> hellos = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      hellos.add(parsed(hello(extension(1000 + i % 700, new byte[i % 3]))));
    }
    for (ClientHello hello : hellos) {
      assertThat(cache.of(hello)).isEqualTo(Ja4.of(hello));
    }
  }

  private static ClientHello parsed(byte[] raw) {
    ClientHelloParser parser = new ClientHelloParser();
    assertThat(parser.parse(ByteBuffer.wrap(raw), raw.length)).isEqualTo(Outcome.COMPLETE);
    return parser.hello();
  }

  private static HelloProblem refusal(byte[] raw) {
    ClientHelloParser parser = new ClientHelloParser();
    assertThat(parser.parse(ByteBuffer.wrap(raw), raw.length)).isEqualTo(Outcome.REFUSED);
    return parser.problem();
  }

  private static byte[] jdkHello(String name) throws Exception {
    SSLEngine engine = SSLContext.getDefault().createSSLEngine(name, 443);
    engine.setUseClientMode(true);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
    parameters.setServerNames(List.of(new SNIHostName(name)));
    engine.setSSLParameters(parameters);
    ByteBuffer out = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    engine.wrap(ByteBuffer.allocate(0), out);
    byte[] raw = new byte[out.position()];
    out.flip().get(raw);
    return raw;
  }

  /** The same message in records of {@code size} bytes. */
  private static byte[] recut(byte[] raw, int size) {
    ByteArrayOutputStream cut = new ByteArrayOutputStream();
    for (int at = 5; at < raw.length; at += size) {
      int length = Math.min(size, raw.length - at);
      cut.writeBytes(new byte[] {22, 3, 1, (byte) (length >> 8), (byte) length});
      cut.write(raw, at, length);
    }
    return cut.toByteArray();
  }

  /** A ClientHello with one cipher suite and these extensions, in one record. */
  private static byte[] hello(byte[] extensions) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.writeBytes(new byte[] {3, 3});
    body.writeBytes(new byte[32]);
    body.writeBytes(new byte[] {0, 0, 2, 0x13, 0x01, 1, 0});
    body.writeBytes(vector16(extensions));
    byte[] message = body.toByteArray();
    byte[] header = {1, 0, (byte) (message.length >> 8), (byte) message.length};
    byte[] whole = concat(header, message);
    return concat(new byte[] {22, 3, 1, (byte) (whole.length >> 8), (byte) whole.length}, whole);
  }

  private static byte[] protocols(int count) {
    byte[] list = new byte[2 * count];
    for (int i = 0; i < count; i++) {
      list[2 * i] = 1;
      list[2 * i + 1] = (byte) ('a' + i % 26);
    }
    return extension(16, vector16(list));
  }

  private static byte[] serverName(byte[] name) {
    return vector16(concat(new byte[] {0}, vector16(name)));
  }

  private static byte[] extension(int type, byte[] content) {
    return concat(new byte[] {(byte) (type >> 8), (byte) type}, vector16(content));
  }

  private static byte[] vector16(byte[] content) {
    return concat(new byte[] {(byte) (content.length >> 8), (byte) content.length}, content);
  }

  private static byte[] concat(byte[] first, byte[] second) {
    byte[] both = java.util.Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }
}
