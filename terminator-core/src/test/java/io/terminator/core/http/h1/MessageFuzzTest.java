package io.terminator.core.http.h1;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.terminator.core.http.message.Head;
import io.terminator.core.http.message.HeadKind;
import io.terminator.core.http.message.Heads;
import io.terminator.core.http.message.Refusal;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Any input is accepted or refused, and the result does not depend on how it is cut. A head that
 * was accepted is read as the same head after it was written: no server sees another message than
 * Terminator. To fuzz: {@code JAZZER_FUZZ=1 mvn -pl terminator-core -am test
 * -Dtest=MessageFuzzTest#read -Dsurefire.failIfNoSpecifiedTests=false}.
 */
class MessageFuzzTest {
  private static final int MOST_BYTES = 2048;
  private static final int MOST_FIELDS = 32;
  private static final int PIECES = 16;

  private static final String[] PARTS = {
    "GET ",
    "POST ",
    "OPTIONS ",
    "/",
    "/a?b",
    "*",
    "http://a.example",
    " HTTP/1.1\r\n",
    " HTTP/1.0\r\n",
    "Host: a.example\r\n",
    "Host: b\r\n",
    "Content-Length: 3\r\n",
    "Content-Length: 0\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: gzip\r\n",
    "X: y\r\n",
    "X:\t y \r\n",
    " z\r\n",
    "\r\n",
    "\r",
    "\n",
    ":",
    " ",
    "3\r\nabc\r\n",
    "0\r\n",
    "A;b=\"c\"\r\n",
    "1f\r\n",
    "abc",
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.1 204 \r\n",
    "\u0000",
    "\u00e9",
    "Connection: close\r\n"
  };

  /** What became of a message. */
  private record Outcome(
      @Nullable Refusal refusal,
      @Nullable String head,
      String body,
      boolean complete,
      int consumed) {}

  @FuzzTest(maxDuration = "10m")
  void read(byte[] sent) {
    if (sent.length == 0) {
      return;
    }
    HeadKind kind = sent[0] % 2 == 0 ? HeadKind.REQUEST : HeadKind.RESPONSE;
    check(kind, java.util.Arrays.copyOfRange(sent, 1, sent.length));
  }

  @Test
  void readsRandomMessagesInAnyPieces() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 0; round < 20_000; round++) {
      StringBuilder message = new StringBuilder();
      if (random.nextInt(3) > 0) {
        message.append("POST / HTTP/1.1\r\nHost: a.example\r\n");
      }
      for (int parts = random.nextInt(12); parts > 0; parts--) {
        message.append(PARTS[random.nextInt(PARTS.length)]);
      }
      try {
        check(
            random.nextInt(4) == 0 ? HeadKind.RESPONSE : HeadKind.REQUEST,
            message.toString().getBytes(StandardCharsets.ISO_8859_1));
      } catch (AssertionError | RuntimeException failure) {
        throw new AssertionError("seed " + seed + ", message " + message, failure);
      }
    }
  }

  private static void check(HeadKind kind, byte[] begun) {
    // A line that is not complete is examined only as far as it has arrived.
    byte[] sent = java.util.Arrays.copyOf(begun, begun.length + 2);
    sent[begun.length] = '\r';
    sent[begun.length + 1] = '\n';
    Outcome whole = outcome(kind, sent, Math.max(1, sent.length));
    Outcome pieces = outcome(kind, sent, Math.max(1, sent.length / PIECES));
    Outcome bytes = outcome(kind, sent, 1);
    assertThat(pieces).isEqualTo(whole);
    assertThat(bytes).isEqualTo(whole);
  }

  private static Outcome outcome(HeadKind kind, byte[] sent, int step) {
    Heads heads = new Heads();
    HeadParser parser = new HeadParser(MOST_BYTES, MOST_FIELDS);
    BodyReader body = new BodyReader(parser, heads);
    Head head = heads.take(kind);
    parser.begin(head);
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    String written = null;
    for (int from = 0; from < sent.length; from += step) {
      int to = Math.min(sent.length, from + step);
      // Data may be moved within the buffer: a fresh one for each piece.
      ByteBuffer buffer = ByteBuffer.allocate(sent.length).put(from, sent, from, to - from);
      int at = from;
      if (written == null) {
        at = parser.feed(buffer, at, to);
        if (at == HeadParser.INCOMPLETE) {
          continue;
        }
        if (at == HeadParser.REFUSED) {
          return new Outcome(parser.refusal(), null, "", false, 0);
        }
        written = rewritten(head, kind);
        body.begin(head.framing(), head.bodyLength());
      }
      int next = body.read(buffer, at, to);
      if (next == BodyReader.REFUSED) {
        return new Outcome(body.refusal(), written, "", false, 0);
      }
      for (int i = body.from(); i < body.to(); i++) {
        data.write(buffer.get(i));
      }
      if (body.isComplete()) {
        return new Outcome(null, written, data.toString(StandardCharsets.ISO_8859_1), true, next);
      }
    }
    return new Outcome(null, written, data.toString(StandardCharsets.ISO_8859_1), false, 0);
  }

  /** The head as it would be forwarded, read again. */
  private static String rewritten(Head head, HeadKind kind) {
    HeadWriter writer = new HeadWriter();
    if (kind == HeadKind.REQUEST) {
      writer.requestLine(head, "");
    } else {
      writer.statusLine(head);
    }
    writer.fields(head);
    writer.end();
    String wire = writer.text();
    if (kind == HeadKind.REQUEST && (head.minorVersion() == 0 || head.path().isEmpty())) {
      // Written as HTTP/1.1, which needs Host; a CONNECT is never forwarded.
      return wire;
    }
    if (head.minorVersion() == 0) {
      return wire;
    }
    Head again = new Heads().take(kind);
    HeadParser parser = new HeadParser(2 * MOST_BYTES, MOST_FIELDS);
    parser.begin(again);
    byte[] bytes = wire.getBytes(StandardCharsets.ISO_8859_1);
    int end = parser.feed(ByteBuffer.wrap(bytes), 0, bytes.length);
    assertThat(end).as(() -> wire).isEqualTo(bytes.length);
    assertThat(again.framing()).isEqualTo(head.framing());
    assertThat(again.bodyLength()).isEqualTo(head.bodyLength());
    assertThat(again.text(again.path())).isEqualTo(head.text(head.path()));
    assertThat(again.size()).isEqualTo(head.size());
    for (int i = 0; i < head.size(); i++) {
      assertThat(again.nameText(i)).isEqualTo(head.nameText(i));
      assertThat(again.value(i)).isEqualTo(head.value(i));
    }
    return wire;
  }
}
