package io.terminator.core.http.h1;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.core.http.message.FieldName;
import io.terminator.core.http.message.Framing;
import io.terminator.core.http.message.Head;
import io.terminator.core.http.message.HeadKind;
import io.terminator.core.http.message.Heads;
import io.terminator.core.http.message.Method;
import io.terminator.core.http.message.Refusal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class HeadParserTest {
  private static final int MOST_BYTES = 1024;
  private static final int MOST_FIELDS = 8;
  private static final String HOST = "Host: a.example\r\n";

  private final HeadParser parser = new HeadParser(MOST_BYTES, MOST_FIELDS);
  private final Heads heads = new Heads();

  @Test
  void readsARequest() {
    Head head =
        request("GET /a?b=c HTTP/1.1\r\nHost: a.example:8443\r\nX-Some: \t two words \r\n\r\n");
    assertThat(head.method()).isEqualTo(Method.GET);
    assertThat(head.text(head.path())).isEqualTo("/a?b=c");
    assertThat(head.text(head.authority())).isEqualTo("a.example:8443");
    assertThat(head.minorVersion()).isEqualTo(1);
    assertThat(head.framing()).isEqualTo(Framing.NONE);
    assertThat(head.size()).isEqualTo(2);
    assertThat(head.name(0)).isEqualTo(FieldName.HOST);
    assertThat(head.nameText(1)).isEqualTo("X-Some");
    assertThat(head.value(1)).isEqualTo("two words");
    assertThat(head.value(head.first("x-some"))).isEqualTo("two words");
  }

  @Test
  void returnsThePositionAfterTheHead() {
    String first = "GET / HTTP/1.1\r\n" + HOST + "\r\n";
    ByteBuffer bytes = ascii(first + "POST / HTTP/1.1\r\n");
    Head head = heads.take(HeadKind.REQUEST);
    parser.begin(head);
    assertThat(parser.feed(bytes, 0, bytes.capacity())).isEqualTo(first.length());
    assertThat(head.textLength()).isEqualTo(first.length());
    assertThat(parser.isWithin()).isFalse();
  }

  @Test
  void readsAResponse() {
    Head head = response("HTTP/1.1 404 Not Found\r\nContent-Length: 12\r\n\r\n");
    assertThat(head.status()).isEqualTo(404);
    assertThat(head.text(head.reason())).isEqualTo("Not Found");
    assertThat(head.framing()).isEqualTo(Framing.LENGTH);
    assertThat(head.bodyLength()).isEqualTo(12);
  }

  @ParameterizedTest
  @MethodSource
  void acceptsWhatIsUnambiguous(String request, Framing framing, String authority, String path) {
    Head head = request(request);
    assertThat(head.framing()).isEqualTo(framing);
    assertThat(head.text(head.authority())).isEqualTo(authority);
    assertThat(head.text(head.path())).isEqualTo(path);
  }

  static Stream<Arguments> acceptsWhatIsUnambiguous() {
    String host = "a.example";
    return Stream.of(
        accepted("\r\nGET / HTTP/1.1\r\n" + HOST, Framing.NONE, host, "/"),
        accepted("GET / HTTP/1.0\r\n", Framing.NONE, "", "/"),
        accepted("GET / HTTP/1.9\r\n" + HOST, Framing.NONE, "a.example", "/"),
        accepted("OPTIONS * HTTP/1.1\r\n" + HOST, Framing.NONE, host, "*"),
        accepted(
            "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n",
            Framing.NONE,
            "a.example:443",
            ""),
        accepted("GET http://a.example/x?y HTTP/1.1\r\n" + HOST, Framing.NONE, host, "/x?y"),
        accepted("GET HTTPS://A.example?y HTTP/1.1\r\n" + HOST, Framing.NONE, "A.example", "/?y"),
        accepted("GET http://a.example HTTP/1.1\r\n" + HOST, Framing.NONE, host, "/"),
        accepted("GET / HTTP/1.1\r\nHost: [::1]:80\r\n", Framing.NONE, "[::1]:80", "/"),
        accepted(
            "GET / HTTP/1.1\r\nHost: a_b.example.:80\r\n", Framing.NONE, "a_b.example.:80", "/"),
        accepted("POST / HTTP/1.1\r\n" + HOST + "Content-Length: 5\r\n", Framing.LENGTH, host, "/"),
        accepted("POST / HTTP/1.1\r\n" + HOST + "Content-Length: 0\r\n", Framing.NONE, host, "/"),
        accepted(
            "POST / HTTP/1.1\r\n" + HOST + "Transfer-Encoding: Chunked\r\n",
            Framing.CHUNKED,
            host,
            "/"),
        accepted("GET / HTTP/1.1\r\n" + HOST + "Empty:\r\n", Framing.NONE, host, "/"),
        accepted("GET / HTTP/1.1\r\n" + HOST + "Obs: \u00e9\r\n", Framing.NONE, host, "/"));
  }

  private static Arguments accepted(String lines, Framing framing, String authority, String path) {
    return Arguments.of(lines + "\r\n", framing, authority, path);
  }

  /** What two readers understand differently is refused: each is a known way to smuggle. */
  @ParameterizedTest
  @MethodSource
  void refusesWhatIsNotUnambiguous(Refusal refusal, String request) {
    assertThat(refusalOf(HeadKind.REQUEST, request, request.length())).isEqualTo(refusal);
    assertThat(refusalOf(HeadKind.REQUEST, request, 1)).as("byte by byte").isEqualTo(refusal);
  }

  static Stream<Arguments> refusesWhatIsNotUnambiguous() {
    String get = "GET / HTTP/1.1\r\n" + HOST;
    String post = "POST / HTTP/1.1\r\n" + HOST;
    return Stream.of(
        refused(Refusal.TWO_LENGTHS, post + "Content-Length: 5\r\nContent-Length: 6\r\n"),
        refused(Refusal.TWO_LENGTHS, post + "Content-Length: 5\r\ncontent-length: 5\r\n"),
        refused(Refusal.LENGTH, post + "Content-Length: 5, 5\r\n"),
        refused(Refusal.LENGTH, post + "Content-Length: +5\r\n"),
        refused(Refusal.LENGTH, post + "Content-Length: -5\r\n"),
        refused(Refusal.LENGTH, post + "Content-Length: 0x5\r\n"),
        refused(Refusal.LENGTH, post + "Content-Length: 5 5\r\n"),
        refused(Refusal.LENGTH, post + "Content-Length:\r\n"),
        refused(Refusal.LENGTH, post + "Content-Length: 9999999999999999999\r\n"),
        refused(
            Refusal.LENGTH_AND_CHUNKED,
            post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
        refused(
            Refusal.LENGTH_AND_CHUNKED,
            post + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"),
        refused(Refusal.TRANSFER_ENCODING, post + "Transfer-Encoding: gzip, chunked\r\n"),
        refused(Refusal.TRANSFER_ENCODING, post + "Transfer-Encoding: chunked, chunked\r\n"),
        refused(
            Refusal.TRANSFER_ENCODING,
            post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"),
        refused(Refusal.TRANSFER_ENCODING, post + "Transfer-Encoding: xchunked\r\n"),
        refused(Refusal.TRANSFER_ENCODING, post + "Transfer-Encoding: \"chunked\"\r\n"),
        refused(Refusal.TRANSFER_ENCODING, post + "Transfer-Encoding:\r\n"),
        refused(
            Refusal.TRANSFER_ENCODING,
            "POST / HTTP/1.0\r\n" + HOST + "Transfer-Encoding: chunked\r\n"),
        refused(Refusal.FIELD_VALUE, post + "Transfer-Encoding: \u000bchunked\r\n"),
        refused(Refusal.SPACE_BEFORE_COLON, post + "Transfer-Encoding : chunked\r\n"),
        refused(Refusal.SPACE_BEFORE_COLON, post + "Content-Length\t: 5\r\n"),
        refused(Refusal.FOLDING, get + "X: a\r\n b\r\n"),
        refused(Refusal.FOLDING, get + "X: a\r\n\tb\r\n"),
        refused(Refusal.FOLDING, "GET / HTTP/1.1\r\n Host: a.example\r\n"),
        refused(Refusal.BARE_LF, "GET / HTTP/1.1\n" + HOST),
        refused(Refusal.BARE_LF, get + "X: a\nY: b\r\n"),
        refused(Refusal.BARE_LF, get + "X: a\n"),
        refused(Refusal.BARE_LF, get + "\n"),
        refused(Refusal.BARE_CR, get + "X: a\rb\r\n"),
        refused(Refusal.BARE_CR, get + "\rX: a\r\n"),
        refused(Refusal.BARE_CR, "GET / HTTP/1.1\r" + HOST),
        refused(Refusal.FIELD_VALUE, get + "X: a\u0000b\r\n"),
        refused(Refusal.FIELD_VALUE, get + "X: a\u007fb\r\n"),
        refused(Refusal.FIELD_NAME, get + "X\u0000: a\r\n"),
        refused(Refusal.FIELD_NAME, get + "X(y): a\r\n"),
        refused(Refusal.FIELD_NAME, get + ": a\r\n"),
        refused(Refusal.FIELD_NAME, get + "no colon\u00e9: a\r\n".replace(" ", "\u00e9")),
        refused(Refusal.NO_HOST, "GET / HTTP/1.1\r\nX: a\r\n"),
        refused(Refusal.TWO_HOSTS, get + "Host: a.example\r\n"),
        refused(Refusal.TWO_HOSTS, get + "host: b.example\r\n"),
        refused(Refusal.HOST, "GET / HTTP/1.1\r\nHost:\r\n"),
        refused(Refusal.HOST, "GET / HTTP/1.1\r\nHost: a b\r\n"),
        refused(Refusal.HOST, "GET / HTTP/1.1\r\nHost: a@b\r\n"),
        refused(Refusal.HOST, "GET / HTTP/1.1\r\nHost: a/b\r\n"),
        refused(Refusal.HOST, "GET / HTTP/1.1\r\nHost: a:b\r\n"),
        refused(Refusal.HOST, "GET / HTTP/1.1\r\nHost: a:1:2\r\n"),
        refused(Refusal.HOST, "GET / HTTP/1.1\r\nHost: [::1\r\n"),
        refused(Refusal.HOST, "GET / HTTP/1.1\r\nHost: [::1]x\r\n"),
        refused(Refusal.HOST, "GET / HTTP/1.1\r\nHost: [a.example]\r\n"),
        refused(Refusal.HOST, "GET / HTTP/1.1\r\nHost: %61.example\r\n"),
        refused(Refusal.HOST, "GET / HTTP/1.1\r\nHost: a.example..\r\n"),
        refused(Refusal.HOST, "GET / HTTP/1.1\r\nHost: .a.example\r\n"),
        refused(Refusal.HOST, "GET / HTTP/1.1\r\nHost: a.example,b.example\r\n"),
        refused(Refusal.AUTHORITY_MISMATCH, "GET http://b.example/ HTTP/1.1\r\n" + HOST),
        refused(Refusal.AUTHORITY_MISMATCH, "CONNECT b.example:443 HTTP/1.1\r\n" + HOST),
        refused(Refusal.TARGET, "GET a.example/ HTTP/1.1\r\n" + HOST),
        refused(Refusal.TARGET, "GET * HTTP/1.1\r\n" + HOST),
        refused(Refusal.TARGET, "GET ftp://a.example/ HTTP/1.1\r\n" + HOST),
        refused(Refusal.TARGET, "GET http://u@a.example/ HTTP/1.1\r\n" + HOST),
        refused(Refusal.TARGET, "GET http:/// HTTP/1.1\r\n" + HOST),
        refused(Refusal.START_LINE, "GET /#f HTTP/1.1\r\n" + HOST),
        refused(Refusal.START_LINE, "GET  / HTTP/1.1\r\n" + HOST),
        refused(Refusal.START_LINE, "GET /  HTTP/1.1\r\n" + HOST),
        refused(Refusal.START_LINE, "GET / HTTP/1.1 \r\n" + HOST),
        refused(Refusal.START_LINE, "GET\t/ HTTP/1.1\r\n" + HOST),
        refused(Refusal.START_LINE, "GET /a\u0000b HTTP/1.1\r\n" + HOST),
        refused(Refusal.START_LINE, "GET / http/1.1\r\n" + HOST),
        refused(Refusal.START_LINE, "GET /\r\n" + HOST),
        refused(Refusal.START_LINE, "GET / \r\n" + HOST),
        refused(Refusal.START_LINE, " GET / HTTP/1.1\r\n" + HOST),
        refused(Refusal.START_LINE, "G@T / HTTP/1.1\r\n" + HOST),
        refused(Refusal.START_LINE, "\r\n\r\nGET / HTTP/1.1\r\n" + HOST),
        refused(Refusal.VERSION, "GET / HTTP/3.0\r\n" + HOST),
        refused(Refusal.VERSION, "PRI * HTTP/2.0\r\n"),
        refused(Refusal.TOO_MANY_FIELDS, get + "X: a\r\n".repeat(MOST_FIELDS)),
        refused(Refusal.HEAD_TOO_LARGE, get + "X: " + "a".repeat(MOST_BYTES) + "\r\n"),
        refused(
            Refusal.TARGET_TOO_LONG, "GET /" + "a".repeat(MOST_BYTES) + " HTTP/1.1\r\n" + HOST));
  }

  private static Arguments refused(Refusal refusal, String lines) {
    return Arguments.of(refusal, lines + "\r\n");
  }

  @ParameterizedTest
  @MethodSource
  void refusesUnclearResponses(Refusal refusal, String response) {
    assertThat(refusalOf(HeadKind.RESPONSE, response, response.length())).isEqualTo(refusal);
    assertThat(refusalOf(HeadKind.RESPONSE, response, 1)).as("byte by byte").isEqualTo(refusal);
  }

  static Stream<Arguments> refusesUnclearResponses() {
    String ok = "HTTP/1.1 200 OK\r\n";
    return Stream.of(
        refused(Refusal.TWO_LENGTHS, ok + "Content-Length: 1\r\nContent-Length: 2\r\n"),
        refused(
            Refusal.LENGTH_AND_CHUNKED, ok + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"),
        refused(Refusal.TRANSFER_ENCODING, ok + "Transfer-Encoding: gzip\r\n"),
        refused(Refusal.BARE_LF, "HTTP/1.1 200 OK\nX: y\r\n"),
        refused(Refusal.START_LINE, "HTTP/1.1 20 OK\r\n"),
        refused(Refusal.START_LINE, "HTTP/1.1 2000 OK\r\n"),
        refused(Refusal.START_LINE, "HTTP/1.1 099 OK\r\n"),
        refused(Refusal.START_LINE, "HTTP/1.1  200 OK\r\n"),
        refused(Refusal.START_LINE, "ICY 200 OK in the end\r\n"),
        refused(Refusal.VERSION, "HTTP/3.1 200 OK\r\n"));
  }

  @Test
  void refusesTrailersThatWouldChangeTheMessage() {
    assertThat(refusalOf(HeadKind.TRAILERS, "Content-Length: 3\r\n\r\n", 100))
        .isEqualTo(Refusal.TRAILER);
    assertThat(refusalOf(HeadKind.TRAILERS, "Digest: x\r\n\r\n", 100)).isNull();
  }

  @Test
  void readsAHeadInAnyTwoPieces() {
    String whole = "\r\nPOST /x HTTP/1.1\r\nHost: a.example\r\nContent-Length: 12\r\nA: b \r\n\r\n";
    ByteBuffer bytes = ascii(whole);
    for (int cut = 1; cut < whole.length(); cut++) {
      Head head = heads.take(HeadKind.REQUEST);
      parser.begin(head);
      assertThat(parser.feed(bytes, 0, cut))
          .as("first %d bytes", cut)
          .isEqualTo(HeadParser.INCOMPLETE);
      assertThat(parser.isWithin()).isTrue();
      assertThat(parser.feed(bytes, cut, whole.length())).isEqualTo(whole.length());
      assertThat(head.bodyLength()).isEqualTo(12);
      assertThat(head.value(2)).isEqualTo("b");
      heads.release(head);
    }
  }

  private Head request(String text) {
    return read(HeadKind.REQUEST, text);
  }

  private Head response(String text) {
    return read(HeadKind.RESPONSE, text);
  }

  private Head read(HeadKind kind, String text) {
    Head head = heads.take(kind);
    parser.begin(head);
    int end = parser.feed(ascii(text), 0, text.length());
    assertThat(end)
        .as(() -> end == HeadParser.REFUSED ? parser.refusal().words() : text)
        .isEqualTo(text.length());
    return head;
  }

  private @Nullable Refusal refusalOf(HeadKind kind, String text, int step) {
    Head head = heads.take(kind);
    parser.begin(head);
    ByteBuffer bytes = ascii(text);
    for (int from = 0; from < text.length(); from += step) {
      int to = Math.min(text.length(), from + step);
      int end = parser.feed(bytes, from, to);
      if (end == HeadParser.REFUSED) {
        return parser.refusal();
      }
      if (end >= 0) {
        return null;
      }
    }
    throw new AssertionError("neither accepted nor refused: " + text);
  }

  private static ByteBuffer ascii(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    return ByteBuffer.allocateDirect(bytes.length).put(0, bytes);
  }
}
