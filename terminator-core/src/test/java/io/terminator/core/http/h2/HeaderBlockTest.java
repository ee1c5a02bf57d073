package io.terminator.core.http.h2;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.util.AsciiString;
import io.terminator.core.http.message.FieldName;
import io.terminator.core.http.message.Framing;
import io.terminator.core.http.message.Head;
import io.terminator.core.http.message.HeadKind;
import io.terminator.core.http.message.Heads;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HeaderBlockTest {
  private static final String GET = ":method=GET|:scheme=https|:authority=a.example|:path=/";

  private final Heads heads = new Heads();
  private final IncomingFields fields = new IncomingFields();
  private final HeaderDecoder decoder =
      new HeaderDecoder(new HeaderDecoder.Input(64 * 1024), fields);
  private final DefaultHttp2HeadersEncoder peer = new DefaultHttp2HeadersEncoder();
  private Head head = heads.take(HeadKind.REQUEST);

  @Test
  void readsARequestWithItsFields() throws Exception {
    assertThat(receive(HeadKind.REQUEST, GET + "?a=b|accept=*/*|x-id=1", true)).isNull();

    assertThat(head.method()).isEqualTo(io.terminator.core.http.message.Method.GET);
    assertThat(head.text(head.scheme())).isEqualTo("https");
    assertThat(head.text(head.authority())).isEqualTo("a.example");
    assertThat(head.text(head.path())).isEqualTo("/?a=b");
    assertThat(head.size()).isEqualTo(2);
    assertThat(head.nameText(1) + "=" + head.value(1)).isEqualTo("x-id=1");
    assertThat(head.framing()).isEqualTo(Framing.NONE);
  }

  @Test
  void laterBlocksUseTheTableOfEarlierOnes() throws Exception {
    for (int i = 0; i < 3; i++) {
      assertThat(receive(HeadKind.REQUEST, GET + "|x-long=" + "v".repeat(300), true)).isNull();
      assertThat(head.value(0)).hasSize(300);
    }
  }

  @Test
  void aBodyFollowsUnlessTheStreamEnds() throws Exception {
    receive(HeadKind.REQUEST, GET.replace("GET", "POST"), false);
    assertThat(head.framing()).isEqualTo(Framing.CHUNKED);

    receive(HeadKind.REQUEST, GET.replace("GET", "POST") + "|content-length=7", false);
    assertThat(head.framing()).isEqualTo(Framing.LENGTH);
    assertThat(head.bodyLength()).isEqualTo(7);
  }

  @Test
  void theHostStandsInForAMissingAuthority() throws Exception {
    assertThat(receive(HeadKind.REQUEST, ":method=GET|:scheme=https|:path=/|host=b.example", true))
        .isNull();
    assertThat(head.text(head.authority())).isEqualTo("b.example");

    assertThat(receive(HeadKind.REQUEST, GET + "|host=A.example", true)).isNull();
  }

  @Test
  void cookiesBecomeOneField() throws Exception {
    receive(HeadKind.REQUEST, GET + "|cookie=a=1|x=y|cookie=b=2|cookie=c=3", true);

    assertThat(head.count(FieldName.COOKIE)).isEqualTo(1);
    assertThat(head.value(head.first(FieldName.COOKIE))).isEqualTo("a=1; b=2; c=3");
    assertThat(head.size()).isEqualTo(2);
  }

  @Test
  void emptyCookiesLeaveNoSeparatorBehind() throws Exception {
    receive(HeadKind.REQUEST, GET + "|cookie=|cookie=a=1|cookie=", true);

    assertThat(head.value(head.first(FieldName.COOKIE))).isEqualTo("a=1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      value = {
        // RFC 9113 section 8.3: each pseudo-header field once, before all others, none unknown.
        ":method=GET|:method=GET|:scheme=https|:authority=a|:path=/ PSEUDO_TWICE",
        ":method=GET|:scheme=https|:authority=a|:path=/|:path=/x PSEUDO_TWICE",
        ":method=GET|:scheme=https|:authority=a|:authority=b|:path=/ PSEUDO_TWICE",
        ":method=GET|:scheme=https|x=y|:authority=a|:path=/ PSEUDO_LATE",
        ":scheme=https|:authority=a|:path=/ PSEUDO_MISSING",
        ":method=GET|:authority=a|:path=/ PSEUDO_MISSING",
        ":method=GET|:scheme=https|:authority=a PSEUDO_MISSING",
        "x=y PSEUDO_MISSING",
        ":method=GET|:scheme=https|:authority=a|:path=/|:status=200 PSEUDO_UNKNOWN",
        ":method=GET|:scheme=https|:authority=a|:path=/|:x=y PSEUDO_UNKNOWN",
        ":method=GET|:scheme=https|:authority=a|:path=/|:protocol=websocket PSEUDO_UNKNOWN",
        ":method=CONNECT|:scheme=https|:authority=a|:path=/ PSEUDO_UNKNOWN",
        // Their values.
        ":method=G~T/|:scheme=https|:authority=a|:path=/ METHOD",
        ":method=|:scheme=https|:authority=a|:path=/ METHOD",
        ":method=GET|:scheme=ftp|:authority=a|:path=/ SCHEME",
        ":method=GET|:scheme=https|:authority=a|:path= PATH",
        ":method=GET|:scheme=https|:authority=a|:path=x PATH",
        ":method=GET|:scheme=https|:authority=a|:path=* PATH",
        ":method=GET|:scheme=https|:authority=a|:path=/#x PATH",
        ":method=GET|:scheme=https|:authority=a|:path=/_SP_HTTP/1.1 PATH",
        ":method=GET|:scheme=https|:authority=a|:path=/_CR__LF_x:_SP_y PATH",
        ":method=GET|:scheme=https|:authority=u@a|:path=/ AUTHORITY",
        ":method=GET|:scheme=https|:authority=a/b|:path=/ AUTHORITY",
        ":method=GET|:scheme=https|:authority=|:path=/ AUTHORITY",
        // Servers that cut at the colon would read the host of another TLS policy.
        ":method=GET|:scheme=https|:authority=a:x|:path=/ AUTHORITY",
        ":method=GET|:scheme=https|:authority=a:1:2|:path=/ AUTHORITY",
        ":method=GET|:scheme=https|:authority=a:443x|:path=/ AUTHORITY",
        ":method=GET|:scheme=https|:authority=a:999999|:path=/ AUTHORITY",
        ":method=GET|:scheme=https|:authority=[a.example]|:path=/ AUTHORITY",
        ":method=GET|:scheme=https|:authority=a%2e|:path=/ AUTHORITY",
        ":method=GET|:scheme=https|:authority=a..|:path=/ AUTHORITY",
        ":method=GET|:scheme=https|:path=/|host=a:x AUTHORITY",
        ":method=GET|:scheme=https|:path=/ AUTHORITY",
        ":method=GET|:scheme=https|:path=/|host=a|host=a AUTHORITY",
        ":method=GET|:scheme=https|:authority=a|:path=/|host=b AUTHORITY",
        ":method=GET|:scheme=https|:authority=a|:path=/|host=a|host=b AUTHORITY",
        // RFC 9113 section 8.2.1.
        ":method=GET|:scheme=https|:authority=a|:path=/|X=y FIELD_NAME",
        ":method=GET|:scheme=https|:authority=a|:path=/|x_SP_=y FIELD_NAME",
        ":method=GET|:scheme=https|:authority=a|:path=/|x:y=z FIELD_NAME",
        ":method=GET|:scheme=https|:authority=a|:path=/|x_LF_y=z FIELD_NAME",
        ":method=GET|:scheme=https|:authority=a|:path=/|=z FIELD_NAME",
        ":method=GET|:scheme=https|:authority=a|:path=/|x=a_CR_b FIELD_VALUE",
        ":method=GET|:scheme=https|:authority=a|:path=/|x=a_LF_b FIELD_VALUE",
        ":method=GET|:scheme=https|:authority=a|:path=/|x=a_NUL_b FIELD_VALUE",
        ":method=GET|:scheme=https|:authority=a|:path=/|x=_SP_a FIELD_VALUE",
        ":method=GET|:scheme=https|:authority=a|:path=/|x=a_SP_ FIELD_VALUE",
        // RFC 9113 section 8.2.2.
        ":method=GET|:scheme=https|:authority=a|:path=/|connection=close CONNECTION_FIELD",
        ":method=GET|:scheme=https|:authority=a|:path=/|keep-alive=1 CONNECTION_FIELD",
        ":method=GET|:scheme=https|:authority=a|:path=/|proxy-connection=1 CONNECTION_FIELD",
        ":method=GET|:scheme=https|:authority=a|:path=/|transfer-encoding=chunked CONNECTION_FIELD",
        ":method=GET|:scheme=https|:authority=a|:path=/|upgrade=h2c CONNECTION_FIELD",
        ":method=GET|:scheme=https|:authority=a|:path=/|te=gzip TE",
        // RFC 9110 section 8.6.
        ":method=GET|:scheme=https|:authority=a|:path=/|content-length=1|content-length=1"
            + " CONTENT_LENGTH",
        ":method=GET|:scheme=https|:authority=a|:path=/|content-length=+1 CONTENT_LENGTH",
        ":method=GET|:scheme=https|:authority=a|:path=/|content-length=1,1 CONTENT_LENGTH",
        ":method=GET|:scheme=https|:authority=a|:path=/|content-length= CONTENT_LENGTH",
        ":method=GET|:scheme=https|:authority=a|:path=/|content-length=1234567890123456789"
            + " CONTENT_LENGTH",
        ":method=GET|:scheme=https|:authority=a|:path=/|content-length=1 BODY_LENGTH",
      })
  void refusesARequestWithTwoMeanings(String block, Violation expected) throws Exception {
    assertThat(receive(HeadKind.REQUEST, block, true)).isEqualTo(expected);
    // The connection's table is still that of the peer.
    assertThat(receive(HeadKind.REQUEST, GET, true)).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      value = {
        ":path=/ PSEUDO_IN_TRAILERS",
        "x=y|:status=200 PSEUDO_IN_TRAILERS",
        "X=y FIELD_NAME",
        "transfer-encoding=chunked CONNECTION_FIELD",
        "content-length=1 CONTENT_LENGTH",
        "host=a AUTHORITY",
      })
  void refusesTrailersThatChangeTheMessage(String block, Violation expected) throws Exception {
    assertThat(receive(HeadKind.TRAILERS, block, true)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      value = {
        "x=y PSEUDO_MISSING",
        ":status=200|:status=200 PSEUDO_TWICE",
        ":status=101 STATUS",
        ":status=99 STATUS",
        ":status=2x0 STATUS",
        ":status=2000 STATUS",
        ":method=GET|:status=200 PSEUDO_UNKNOWN",
        ":status=200|content-length=5 BODY_LENGTH",
        ":status=200|connection=close CONNECTION_FIELD",
      })
  void refusesAResponseWithTwoMeanings(String block, Violation expected) throws Exception {
    assertThat(receive(HeadKind.RESPONSE, block, true)).isEqualTo(expected);
  }

  @Test
  void aResponseWithoutBodyMayNameItsLength() throws Exception {
    Head response = heads.take(HeadKind.RESPONSE);
    fields.begin(response, 1000, 10);
    decode(":status=200|content-length=5");

    assertThat(fields.finish(true, true)).isNull();
    assertThat(response.framing()).isEqualTo(Framing.NONE);
  }

  @Test
  void theLimitsAreOnTheDecompressedBlock() throws Exception {
    String many = GET + "|x=1".repeat(100);
    assertThat(receive(HeadKind.REQUEST, many, true)).isEqualTo(Violation.HEAD_SIZE);

    String large = GET + "|x=" + "y".repeat(20_000);
    assertThat(receive(HeadKind.REQUEST, large, true)).isEqualTo(Violation.HEAD_SIZE);
    assertThat(receive(HeadKind.REQUEST, GET, true)).isNull();
  }

  @Test
  void aBlockThatIsNotCompressedByTheRulesIsRefused() {
    fields.begin(head, 1000, 10);
    ByteBuffer broken = ByteBuffer.wrap(new byte[] {(byte) 0xff, (byte) 0xff, (byte) 0xff, 0x7f});
    assertThat(decoder.decode(broken, 0, 4)).isFalse();
    assertThat(decoder.decode(ByteBuffer.wrap(new byte[] {(byte) 0x80}), 0, 1)).isFalse();
    assertThat(decoder.decode(ByteBuffer.wrap(new byte[] {0x40, 5, 'a'}), 0, 3)).isFalse();
  }

  @Test
  void whatIsWrittenCanBeRead() {
    HeaderEncoder encoder = new HeaderEncoder();
    Head response = heads.take(HeadKind.RESPONSE);
    response.setStatus(200);
    response.add("Content-Type", "text/plain");
    response.add("Transfer-Encoding", "chunked");
    response.add("Connection", "close");
    response.add("X-Other", "Value");

    for (boolean first : new boolean[] {true, false}) {
      int length = encoder.encode(response, first);
      Head read = heads.take(HeadKind.RESPONSE);
      fields.begin(read, 1000, 10);
      assertThat(decoder.decode(encoder.block(), 0, length)).isTrue();
      assertThat(fields.finish(false, false)).isNull();
      assertThat(read.status()).isEqualTo(200);
      assertThat(read.size()).isEqualTo(2);
      assertThat(read.nameText(0) + read.value(0)).isEqualTo("content-typetext/plain");
      assertThat(read.nameText(1) + read.value(1)).isEqualTo("x-otherValue");
      assertThat(encoder.block().get(0) == HeaderEncoder.NO_TABLE).isEqualTo(first);
    }
  }

  @Test
  void aRequestIsWrittenWithItsPseudoHeaderFieldsFirst() {
    HeaderEncoder encoder = new HeaderEncoder();
    Head request = heads.take(HeadKind.REQUEST);
    request.add("Host", "a.example");
    request.add("TE", "trailers, deflate");
    request.setMethod("POST");
    request.setAuthority("a.example:8443");
    request.setPath("/x?y");
    int length = encoder.encode(request, true);

    fields.begin(head, 1000, 10);
    assertThat(decoder.decode(encoder.block(), 0, length)).isTrue();
    assertThat(fields.finish(true, false)).isNull();
    assertThat(head.text(head.authority())).isEqualTo("a.example:8443");
    assertThat(head.text(head.path())).isEqualTo("/x?y");
    assertThat(head.text(head.scheme())).isEqualTo("https");
    assertThat(head.size()).isEqualTo(1);
    assertThat(head.value(0)).isEqualTo("trailers");
  }

  private @Nullable Violation receive(HeadKind kind, String block, boolean end) throws Exception {
    head = heads.take(kind);
    fields.begin(head, 16 * 1024, 100);
    decode(block);
    return fields.finish(end, false);
  }

  private void decode(String block) throws Exception {
    var sent = new DefaultHttp2Headers(false);
    ByteBuf out = Unpooled.buffer();
    for (String field : block.split("\\|")) {
      int cut = field.indexOf('=');
      // One by one: Netty would move pseudo-header fields to the front.
      sent.clear();
      sent.add(text(field.substring(0, cut)), text(field.substring(cut + 1)));
      peer.encodeHeaders(1, sent, out);
    }
    byte[] bytes = new byte[out.readableBytes()];
    out.readBytes(bytes);
    assertThat(decoder.decode(ByteBuffer.wrap(bytes), 0, bytes.length)).isTrue();
  }

  private static AsciiString text(String readable) {
    String raw =
        readable
            .replace("_SP_", " ")
            .replace("_CR_", "\r")
            .replace("_LF_", "\n")
            .replace("_NUL_", "\0");
    return new AsciiString(raw.getBytes(StandardCharsets.ISO_8859_1));
  }
}
