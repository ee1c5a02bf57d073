package io.terminator.testkit;

import static io.terminator.testkit.H2Client.ACK;
import static io.terminator.testkit.H2Client.CONTINUATION;
import static io.terminator.testkit.H2Client.DATA;
import static io.terminator.testkit.H2Client.END_HEADERS;
import static io.terminator.testkit.H2Client.END_STREAM;
import static io.terminator.testkit.H2Client.GOAWAY;
import static io.terminator.testkit.H2Client.HEADERS;
import static io.terminator.testkit.H2Client.PADDED;
import static io.terminator.testkit.H2Client.PING;
import static io.terminator.testkit.H2Client.PRIORITIZED;
import static io.terminator.testkit.H2Client.PRIORITY;
import static io.terminator.testkit.H2Client.PRIORITY_UPDATE;
import static io.terminator.testkit.H2Client.PUSH_PROMISE;
import static io.terminator.testkit.H2Client.RST_STREAM;
import static io.terminator.testkit.H2Client.SETTINGS;
import static io.terminator.testkit.H2Client.WINDOW_UPDATE;
import static io.terminator.testkit.H2Client.block;
import static io.terminator.testkit.H2Client.request;

import io.terminator.testkit.H2Client.Frame;
import io.terminator.testkit.H2Client.Response;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLException;

/**
 * How an HTTP/2 server has to behave, as a table by sections of RFC 9113, RFC 7541, RFC 8441 and
 * RFC 9218: what a client sends, and what must follow. The server answers GET and POST of any path
 * with 200 and at least five bytes. Longer than 500 lines, because it is one table.
 */
public final class H2Cases {
  private static final int NO_ERROR = 0;
  private static final int PROTOCOL_ERROR = 1;
  private static final int FLOW_CONTROL_ERROR = 3;
  private static final int STREAM_CLOSED = 5;
  private static final int FRAME_SIZE_ERROR = 6;
  private static final int REFUSED_STREAM = 7;
  private static final int COMPRESSION_ERROR = 9;
  private static final int ENHANCE_YOUR_CALM = 11;

  /** Frames of the client, after preface and SETTINGS unless the case sends them itself. */
  private interface Script {
    void run(H2Client client) throws IOException;
  }

  /** What must follow. */
  private interface Expectation {
    void check(H2Client client) throws IOException;
  }

  /** One behaviour. */
  public record Case(String section, String title, boolean begins, Object script, Object expected) {
    /** Runs on a new connection; an {@code AssertionError} or an exception says what was wrong. */
    public void run(H2Client client) throws IOException {
      if (begins) {
        client.begin();
        client.acknowledge();
      }
      try {
        ((Script) script).run(client);
      } catch (SocketException | SSLException closedMeanwhile) {
        // The server may have ended the connection before the script was over.
      }
      ((Expectation) expected).check(client);
    }

    @Override
    public String toString() {
      return section + ": " + title;
    }
  }

  private final List<Case> cases = new ArrayList<>();

  private H2Cases() {}

  /** All cases. */
  public static List<Case> all() {
    H2Cases table = new H2Cases();
    table.preface();
    table.frames();
    table.headerCompression();
    table.streamStates();
    table.frameTypes();
    table.flowControl();
    table.continuations();
    table.messages();
    table.hpack();
    table.extensions();
    return List.copyOf(table.cases);
  }

  private void add(String section, String title, Script script, Expectation expected) {
    cases.add(new Case(section, title, true, script, expected));
  }

  private void addBare(String section, String title, Script script, Expectation expected) {
    cases.add(new Case(section, title, false, script, expected));
  }

  // Expectations.

  /** GOAWAY with one of these codes, then the end of the connection. */
  private static Expectation connectionError(Integer... codes) {
    return client -> {
      Frame goAway;
      try {
        goAway = client.await(frame -> frame.type() == GOAWAY && frame.code() != NO_ERROR);
      } catch (EOFException | SocketException e) {
        throw new AssertionError("the connection ended without GOAWAY " + List.of(codes), e);
      }
      if (!Arrays.asList(codes).contains(goAway.code())) {
        throw new AssertionError("GOAWAY " + goAway.code() + ", expected " + List.of(codes));
      }
      awaitEnd(client);
    };
  }

  private static void awaitEnd(H2Client client) throws IOException {
    try {
      while (true) {
        client.read();
      }
    } catch (EOFException | SocketException | SSLException ended) {
      // As expected.
    }
  }

  /** RST_STREAM with one of these codes on {@code stream}; the connection continues. */
  private static Expectation streamError(int stream, Integer... codes) {
    return client -> {
      Frame end =
          client.await(
              frame ->
                  frame.type() == GOAWAY
                      || (frame.type() == RST_STREAM && frame.stream() == stream));
      if (!Arrays.asList(codes).contains(end.code()) || end.type() == GOAWAY) {
        throw new AssertionError(end + ", expected RST_STREAM " + List.of(codes));
      }
      alive().check(client);
    };
  }

  /** The connection still answers. */
  private static Expectation alive() {
    return client -> {
      client.ping(4711);
      Frame answer =
          client.await(frame -> frame.type() == PING && frame.has(ACK) || frame.type() == GOAWAY);
      if (answer.type() == GOAWAY) {
        throw new AssertionError("the connection was ended: " + answer);
      }
    };
  }

  /** {@code stream} gets a complete response with this status. */
  private static Expectation response(int stream, String status) {
    return client -> {
      Response response = client.response(stream);
      if (!response.status().equals(status) || response.reset() > 0) {
        throw new AssertionError(response.head() + ", reset " + response.reset());
      }
    };
  }

  private static Expectation answered() {
    return response(1, "200");
  }

  private static byte[] ints(int... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length);
    for (int value : values) {
      bytes.putInt(value);
    }
    return bytes.array();
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static byte[] joined(byte[] first, byte... second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  private static byte[] get() {
    return block(request("GET", "/"));
  }

  private static byte[] post() {
    return block(request("POST", "/"));
  }

  // The table.

  private void preface() {
    addBare(
        "3.4",
        "the server's first frame is SETTINGS",
        client -> client.begin(),
        client -> {
          Frame first = client.read();
          if (first.type() != SETTINGS || first.has(ACK)) {
            throw new AssertionError(first);
          }
        });
    addBare(
        "3.4",
        "a preface that is not HTTP/2's ends the connection",
        client -> client.peer().write("INVALID CONNECTION PREFACE\r\n\r\n"),
        connectionError(PROTOCOL_ERROR));
    addBare(
        "3.4",
        "a request of HTTP/1.1 ends the connection",
        client -> client.peer().write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        connectionError(PROTOCOL_ERROR));
    addBare(
        "3.4",
        "the first frame has to be SETTINGS",
        client -> {
          client.peer().write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
          client.ping(1);
        },
        connectionError(PROTOCOL_ERROR));
    addBare(
        "3.4",
        "preface, SETTINGS and a request in one piece",
        client -> {
          byte[] all = text("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
          all = joined(all, H2Client.bytes(SETTINGS, 0, 0));
          client
              .peer()
              .write(joined(all, H2Client.bytes(HEADERS, END_HEADERS | END_STREAM, 1, get())));
        },
        answered());
    addBare(
        "3.4",
        "everything byte by byte",
        client -> {
          byte[] all = text("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
          all = joined(all, H2Client.bytes(SETTINGS, 0, 0));
          all = joined(all, H2Client.bytes(HEADERS, END_HEADERS | END_STREAM, 1, get()));
          for (byte one : all) {
            client.peer().write(new byte[] {one});
          }
        },
        answered());
  }

  private void frames() {
    add(
        "4.1",
        "a frame of an unknown type is ignored",
        client -> {
          client.frame(0x16, 0xff, 0, text("unknown"));
          client.frame(0xf6, 0, 3);
          client.get(1, "/");
        },
        answered());
    add(
        "4.1",
        "undefined flags are ignored",
        client -> {
          client.frame(PING, 0x16, 0, text("12345678"));
          client.frame(HEADERS, END_HEADERS | END_STREAM | 0xd2 & ~PADDED & ~PRIORITIZED, 1, get());
        },
        answered());
    add(
        "4.1",
        "the reserved bit of the stream identifier is ignored",
        client -> client.frame(HEADERS, END_HEADERS | END_STREAM, 0x80000001, get()),
        answered());
    add(
        "4.2",
        "DATA of 16,384 bytes is accepted",
        client -> {
          client.headers(1, false, request("POST", "/"));
          client.frame(DATA, END_STREAM, 1, new byte[16384]);
        },
        answered());
    add(
        "4.2",
        "DATA of 16,385 bytes is not",
        client -> {
          client.headers(1, false, request("POST", "/"));
          client.frame(DATA, END_STREAM, 1, new byte[16385]);
        },
        connectionError(FRAME_SIZE_ERROR));
    add(
        "4.2",
        "a header block of 16,385 bytes in one frame is not",
        client -> client.frame(HEADERS, END_HEADERS | END_STREAM, 1, new byte[16385]),
        connectionError(FRAME_SIZE_ERROR));
    add(
        "4.2",
        "nor is SETTINGS of 16,386 bytes",
        client -> client.frame(SETTINGS, 0, 0, new byte[16386]),
        connectionError(FRAME_SIZE_ERROR));
    add(
        "5.4.1",
        "the last stream that was processed is in GOAWAY",
        client -> {
          client.get(1, "/");
          client.response(1);
          client.frame(PING, 0, 0, text("short"));
        },
        client -> {
          Frame goAway = client.await(GOAWAY);
          if (goAway.lastStream() != 1 || goAway.code() != FRAME_SIZE_ERROR) {
            throw new AssertionError(goAway + " last " + goAway.lastStream());
          }
          awaitEnd(client);
        });
    add(
        "5.5",
        "an unknown frame within a header block ends the connection",
        client -> {
          client.frame(HEADERS, END_STREAM, 1, get());
          client.frame(0x16, 0, 0, text("x"));
        },
        connectionError(PROTOCOL_ERROR));
  }

  private void headerCompression() {
    add(
        "4.3",
        "a header block that cannot be decompressed",
        client -> client.frame(HEADERS, END_HEADERS | END_STREAM, 1, (byte) 0x40),
        connectionError(COMPRESSION_ERROR));
    add(
        "4.3",
        "PRIORITY within a header block",
        client -> {
          client.frame(HEADERS, END_STREAM, 1, get());
          client.frame(PRIORITY, 0, 1, joined(ints(0), (byte) 255));
        },
        connectionError(PROTOCOL_ERROR));
    add(
        "4.3",
        "HEADERS of another stream within a header block",
        client -> {
          client.frame(HEADERS, END_STREAM, 1, get());
          client.frame(HEADERS, END_STREAM | END_HEADERS, 3, get());
        },
        connectionError(PROTOCOL_ERROR));
  }

  private void streamStates() {
    add("5.1", "idle: DATA", client -> client.data(1, true, "x"), connectionError(PROTOCOL_ERROR));
    add("5.1", "idle: RST_STREAM", client -> client.reset(1, 8), connectionError(PROTOCOL_ERROR));
    add(
        "5.1",
        "idle: WINDOW_UPDATE",
        client -> client.windowUpdate(1, 100),
        connectionError(PROTOCOL_ERROR));
    add(
        "5.1",
        "idle: CONTINUATION",
        client -> client.frame(CONTINUATION, END_HEADERS, 1, get()),
        connectionError(PROTOCOL_ERROR));
    add(
        "5.1",
        "idle: PRIORITY is accepted",
        client -> {
          client.frame(PRIORITY, 0, 3, joined(ints(1), (byte) 255));
          client.get(1, "/");
        },
        answered());
    add(
        "5.1",
        "half-closed (remote): DATA",
        client -> {
          client.get(1, "/slow");
          client.data(1, true, "x");
        },
        streamError(1, STREAM_CLOSED));
    add(
        "5.1",
        "half-closed (remote): HEADERS",
        client -> {
          client.get(1, "/slow");
          client.get(1, "/slow");
        },
        streamError(1, STREAM_CLOSED));
    add(
        "5.1",
        "half-closed (remote): CONTINUATION",
        client -> {
          client.get(1, "/slow");
          client.frame(CONTINUATION, END_HEADERS, 1, get());
        },
        connectionError(PROTOCOL_ERROR, STREAM_CLOSED));
    add(
        "5.1",
        "half-closed (remote): WINDOW_UPDATE, PRIORITY and RST_STREAM are accepted",
        client -> {
          client.get(1, "/slow");
          client.windowUpdate(1, 100);
          client.frame(PRIORITY, 0, 1, joined(ints(0), (byte) 255));
          client.reset(1, 8);
        },
        alive());
    add(
        "5.1",
        "closed by the client's RST_STREAM: what it had sent before is ignored",
        client -> {
          client.headers(1, false, request("POST", "/"));
          client.reset(1, 8);
          client.data(1, true, "x");
        },
        alive());
    add(
        "5.1",
        "closed by RST_STREAM: CONTINUATION",
        client -> {
          client.headers(1, false, request("POST", "/"));
          client.reset(1, 8);
          client.frame(CONTINUATION, END_HEADERS, 1, get());
        },
        connectionError(PROTOCOL_ERROR, STREAM_CLOSED));
    add(
        "5.1",
        "closed by both ends: DATA",
        client -> {
          client.get(1, "/");
          client.response(1);
          client.data(1, true, "x");
        },
        streamError(1, STREAM_CLOSED));
    add(
        "5.1",
        "closed by both ends: HEADERS",
        client -> {
          client.get(1, "/");
          client.response(1);
          client.get(1, "/");
        },
        connectionError(STREAM_CLOSED));
    add(
        "5.1",
        "closed by both ends: CONTINUATION",
        client -> {
          client.get(1, "/");
          client.response(1);
          client.frame(CONTINUATION, END_HEADERS, 1, get());
        },
        connectionError(PROTOCOL_ERROR, STREAM_CLOSED));
    add(
        "5.1",
        "closed by both ends: WINDOW_UPDATE and RST_STREAM are accepted",
        client -> {
          client.get(1, "/");
          client.response(1);
          client.windowUpdate(1, 100);
          client.reset(1, 8);
        },
        alive());
    add(
        "5.1.1",
        "a stream with an even identifier",
        client -> client.get(2, "/"),
        connectionError(PROTOCOL_ERROR));
    add(
        "5.1.1",
        "a stream with a smaller identifier than the one before",
        client -> {
          client.get(5, "/");
          client.get(3, "/");
        },
        connectionError(PROTOCOL_ERROR));
    add(
        "5.1.2",
        "more streams than SETTINGS_MAX_CONCURRENT_STREAMS",
        client -> {
          for (int i = 0; i < 101; i++) {
            client.get(1 + 2 * i, "/slow");
          }
        },
        streamError(201, REFUSED_STREAM));
    add(
        "5.3.1",
        "HEADERS of a stream that depends on itself",
        client ->
            client.frame(
                HEADERS,
                END_HEADERS | END_STREAM | PRIORITIZED,
                1,
                joined(joined(ints(1), (byte) 255), get())),
        streamError(1, PROTOCOL_ERROR));
    add(
        "5.3.1",
        "PRIORITY of a stream that depends on itself",
        client -> {
          client.get(1, "/slow");
          client.frame(PRIORITY, 0, 1, joined(ints(1), (byte) 255));
        },
        streamError(1, PROTOCOL_ERROR));
    add(
        "5.3.2",
        "HEADERS with a priority are accepted",
        client ->
            client.frame(
                HEADERS,
                END_HEADERS | END_STREAM | PRIORITIZED,
                1,
                joined(joined(ints(0), (byte) 255), get())),
        answered());
  }

  private void frameTypes() {
    add("6.1", "DATA on stream 0", c -> c.data(0, true, "x"), connectionError(PROTOCOL_ERROR));
    add(
        "6.1",
        "DATA with a padding longer than its frame",
        client -> {
          client.headers(1, false, request("POST", "/"));
          client.frame(DATA, PADDED | END_STREAM, 1, text("\005xxxx"));
        },
        connectionError(PROTOCOL_ERROR));
    add(
        "6.1",
        "DATA with padding is accepted",
        client -> {
          client.headers(1, false, request("POST", "/", "content-length: 4"));
          client.frame(DATA, PADDED | END_STREAM, 1, text("\004bodyxxxx"));
        },
        answered());
    add(
        "6.1",
        "DATA of padding alone ends a stream",
        client -> {
          client.headers(1, false, request("POST", "/", "content-length: 0"));
          client.frame(DATA, PADDED | END_STREAM, 1, text("\004xxxx"));
        },
        answered());
    add(
        "6.2",
        "HEADERS on stream 0",
        client -> client.frame(HEADERS, END_HEADERS | END_STREAM, 0, get()),
        connectionError(PROTOCOL_ERROR));
    add(
        "6.2",
        "HEADERS with a padding longer than its frame",
        client -> client.frame(HEADERS, END_HEADERS | END_STREAM | PADDED, 1, text("\005xxxx")),
        connectionError(PROTOCOL_ERROR));
    add(
        "6.2",
        "HEADERS with padding are accepted",
        client ->
            client.frame(
                HEADERS,
                END_HEADERS | END_STREAM | PADDED,
                1,
                joined(joined(new byte[] {3}, get()), (byte) 0, (byte) 0, (byte) 0)),
        answered());
    add(
        "6.3",
        "PRIORITY on stream 0",
        client -> client.frame(PRIORITY, 0, 0, joined(ints(0), (byte) 255)),
        connectionError(PROTOCOL_ERROR));
    add(
        "6.3",
        "PRIORITY of another length than 5",
        client -> {
          client.get(1, "/slow");
          client.frame(PRIORITY, 0, 1, ints(0));
        },
        streamError(1, FRAME_SIZE_ERROR));
    add("6.4", "RST_STREAM on stream 0", c -> c.reset(0, 8), connectionError(PROTOCOL_ERROR));
    add(
        "6.4",
        "RST_STREAM of another length than 4",
        client -> {
          client.get(1, "/slow");
          client.frame(RST_STREAM, 0, 1, text("xxx"));
        },
        connectionError(FRAME_SIZE_ERROR));
    add(
        "6.5",
        "SETTINGS ACK with a payload",
        client -> client.frame(SETTINGS, ACK, 0, new byte[6]),
        connectionError(FRAME_SIZE_ERROR));
    add(
        "6.5",
        "SETTINGS on a stream",
        client -> client.frame(SETTINGS, 0, 1, new byte[0]),
        connectionError(PROTOCOL_ERROR));
    add(
        "6.5",
        "SETTINGS of a length that is not a multiple of 6",
        client -> client.frame(SETTINGS, 0, 0, new byte[3]),
        connectionError(FRAME_SIZE_ERROR));
    add(
        "6.5.2",
        "ENABLE_PUSH other than 0 and 1",
        client -> client.settings(2, 2),
        connectionError(PROTOCOL_ERROR));
    add(
        "6.5.2",
        "INITIAL_WINDOW_SIZE above its maximum",
        client -> client.settings(4, 0x80000000),
        connectionError(FLOW_CONTROL_ERROR));
    add(
        "6.5.2",
        "MAX_FRAME_SIZE below its minimum",
        client -> client.settings(5, 16383),
        connectionError(PROTOCOL_ERROR));
    add(
        "6.5.2",
        "MAX_FRAME_SIZE above its maximum",
        client -> client.settings(5, 1 << 24),
        connectionError(PROTOCOL_ERROR));
    add(
        "6.5.2",
        "an unknown setting is ignored",
        client -> {
          client.settings(0xff, 1);
          client.get(1, "/");
        },
        answered());
    add(
        "6.5.2",
        "HEADER_TABLE_SIZE 0 is honoured",
        client -> {
          client.settings(1, 0);
          client.get(1, "/");
        },
        answered());
    add(
        "6.5.3",
        "of two values in one frame the last one counts",
        client -> {
          client.settings(4, 100, 4, 1);
          client.get(1, "/");
        },
        dataOf(1, 1));
    add(
        "6.5.3",
        "SETTINGS is acknowledged",
        client -> client.settings(3, 10),
        client -> client.await(frame -> frame.type() == SETTINGS && frame.has(ACK)));
    add(
        "6.6",
        "PUSH_PROMISE of a client",
        client -> {
          client.get(1, "/slow");
          client.frame(PUSH_PROMISE, END_HEADERS, 1, joined(ints(3), get()));
        },
        connectionError(PROTOCOL_ERROR));
    add(
        "6.7",
        "PING is answered with the same bytes",
        client -> client.ping(0x0102030405060708L),
        client -> {
          Frame answer = client.await(PING);
          if (!answer.has(ACK) || !answer.text().equals("\1\2\3\4\5\6\7\10")) {
            throw new AssertionError(answer);
          }
        });
    add(
        "6.7",
        "PING ACK is not answered",
        client -> {
          client.frame(PING, ACK, 0, text("12345678"));
          client.ping(1);
        },
        client -> {
          Frame answer = client.await(PING);
          if (ByteBuffer.wrap(answer.payload()).getLong() != 1) {
            throw new AssertionError(answer);
          }
        });
    add(
        "6.7",
        "PING on a stream",
        client -> client.frame(PING, 0, 1, text("12345678")),
        connectionError(PROTOCOL_ERROR));
    add(
        "6.7",
        "PING of another length than 8",
        client -> client.frame(PING, 0, 0, text("123456")),
        connectionError(FRAME_SIZE_ERROR));
    add(
        "6.8",
        "GOAWAY on a stream",
        client -> client.frame(GOAWAY, 0, 1, ints(0, 0)),
        connectionError(PROTOCOL_ERROR));
    add(
        "6.8",
        "GOAWAY shorter than 8",
        client -> client.frame(GOAWAY, 0, 0, ints(0)),
        connectionError(FRAME_SIZE_ERROR));
    add(
        "6.8",
        "after the client's GOAWAY its requests are still answered",
        client -> {
          client.get(1, "/");
          client.frame(GOAWAY, 0, 0, ints(0, 0));
        },
        answered());
    add(
        "7",
        "GOAWAY with an unknown code",
        client -> client.frame(GOAWAY, 0, 0, ints(0, 0xff)),
        alive());
    add(
        "7",
        "RST_STREAM with an unknown code",
        client -> {
          client.get(1, "/slow");
          client.reset(1, 0xff);
        },
        alive());
  }

  /** DATA of exactly {@code length} bytes on {@code stream}, and no more for now. */
  private static Expectation dataOf(int stream, int length) {
    return client -> {
      Frame data = client.await(frame -> frame.type() == DATA && frame.stream() == stream);
      if (data.payload().length != length || data.has(END_STREAM)) {
        throw new AssertionError(data);
      }
      client.ping(99);
      Frame next = client.await(frame -> frame.type() == DATA || frame.type() == PING);
      if (next.type() == DATA) {
        throw new AssertionError("more than the window: " + next);
      }
    };
  }

  private void flowControl() {
    add(
        "6.9",
        "WINDOW_UPDATE of 0 on the connection",
        client -> client.windowUpdate(0, 0),
        connectionError(PROTOCOL_ERROR));
    add(
        "6.9",
        "WINDOW_UPDATE of 0 on a stream",
        client -> {
          client.get(1, "/slow");
          client.windowUpdate(1, 0);
        },
        streamError(1, PROTOCOL_ERROR));
    add(
        "6.9",
        "WINDOW_UPDATE of another length than 4",
        client -> client.frame(WINDOW_UPDATE, 0, 0, text("xxx")),
        connectionError(FRAME_SIZE_ERROR));
    add(
        "6.9.1",
        "a window of one byte gets one byte",
        client -> {
          client.settings(4, 1);
          client.get(1, "/");
        },
        dataOf(1, 1));
    add(
        "6.9.1",
        "a window of the connection above its maximum",
        client -> {
          client.windowUpdate(0, Integer.MAX_VALUE);
          client.windowUpdate(0, Integer.MAX_VALUE);
        },
        connectionError(FLOW_CONTROL_ERROR));
    add(
        "6.9.1",
        "a window of a stream above its maximum",
        client -> {
          client.get(1, "/slow");
          client.windowUpdate(1, Integer.MAX_VALUE);
          client.windowUpdate(1, Integer.MAX_VALUE);
        },
        streamError(1, FLOW_CONTROL_ERROR));
    add(
        "6.9.2",
        "a changed INITIAL_WINDOW_SIZE applies to open streams",
        client -> {
          client.settings(4, 0);
          client.get(1, "/");
          client.await(frame -> frame.type() == HEADERS && frame.stream() == 1);
          client.settings(4, 1);
        },
        dataOf(1, 1));
    add(
        "6.9.2",
        "a window can become negative",
        client -> {
          client.settings(4, 3);
          client.get(1, "/");
          client.await(frame -> frame.type() == DATA);
          client.settings(4, 2);
          client.windowUpdate(1, 2);
        },
        dataOf(1, 1));
    add(
        "6.9.2",
        "an INITIAL_WINDOW_SIZE that lets a window exceed its maximum",
        client -> {
          client.settings(4, 65535);
          client.get(1, "/slow");
          client.windowUpdate(1, Integer.MAX_VALUE - 65535);
          client.settings(4, 65536);
        },
        connectionError(FLOW_CONTROL_ERROR));
    add(
        "6.9.2",
        "a window of 0 holds the body and not the head",
        client -> {
          client.settings(4, 0);
          client.get(1, "/");
        },
        client -> {
          client.await(frame -> frame.type() == HEADERS && frame.stream() == 1);
          client.ping(5);
          Frame next = client.await(frame -> frame.type() == DATA || frame.type() == PING);
          if (next.type() == DATA) {
            throw new AssertionError("DATA without a window: " + next);
          }
          client.windowUpdate(1, 65535);
          client.await(frame -> frame.type() == DATA && frame.stream() == 1);
        });
  }

  private void continuations() {
    add(
        "6.10",
        "a header block in many CONTINUATION frames",
        client -> {
          byte[] whole = get();
          client.frame(HEADERS, END_STREAM, 1, Arrays.copyOf(whole, 5));
          for (int at = 5; at < whole.length; at += 9) {
            int end = Math.min(whole.length, at + 9);
            client.frame(
                CONTINUATION,
                end == whole.length ? END_HEADERS : 0,
                1,
                Arrays.copyOfRange(whole, at, end));
          }
        },
        answered());
    add(
        "6.10",
        "DATA within a header block",
        client -> {
          client.frame(HEADERS, 0, 1, post());
          client.data(1, true, "x");
        },
        connectionError(PROTOCOL_ERROR));
    add(
        "6.10",
        "CONTINUATION of another stream",
        client -> {
          client.frame(HEADERS, END_STREAM, 1, get());
          client.frame(CONTINUATION, END_HEADERS, 3, get());
        },
        connectionError(PROTOCOL_ERROR));
    add(
        "6.10",
        "CONTINUATION on stream 0",
        client -> {
          client.frame(HEADERS, END_STREAM, 1, get());
          client.frame(CONTINUATION, END_HEADERS, 0, get());
        },
        connectionError(PROTOCOL_ERROR));
    add(
        "6.10",
        "CONTINUATION after HEADERS with END_HEADERS",
        client -> {
          client.headers(1, false, request("POST", "/"));
          client.frame(CONTINUATION, END_HEADERS, 1, block("x: y"));
        },
        connectionError(PROTOCOL_ERROR));
    add(
        "6.10",
        "CONTINUATION after CONTINUATION with END_HEADERS",
        client -> {
          client.frame(HEADERS, 0, 1, post());
          client.frame(CONTINUATION, END_HEADERS, 1, block("x: y"));
          client.frame(CONTINUATION, END_HEADERS, 1, block("x: y"));
        },
        connectionError(PROTOCOL_ERROR));
    add(
        "6.10",
        "CONTINUATION after DATA",
        client -> {
          client.headers(1, false, request("POST", "/"));
          client.data(1, false, "x");
          client.frame(CONTINUATION, END_HEADERS, 1, block("x: y"));
        },
        connectionError(PROTOCOL_ERROR));
    add(
        "6.10",
        "a flood of CONTINUATION",
        client -> {
          client.frame(HEADERS, END_STREAM, 1, get());
          for (int i = 0; i < 100; i++) {
            client.frame(CONTINUATION, 0, 1, block("x: y"));
          }
        },
        connectionError(ENHANCE_YOUR_CALM));
    add(
        "6.10",
        "an empty CONTINUATION that does not end the block",
        client -> {
          client.frame(HEADERS, END_STREAM, 1, get());
          client.frame(CONTINUATION, 0, 1);
          client.frame(CONTINUATION, END_HEADERS, 1);
        },
        answered());
  }

  private void malformed(String section, String title, String... fields) {
    add(section, title, client -> client.headers(1, true, fields), streamError(1, PROTOCOL_ERROR));
  }

  private void messages() {
    add("8.1", "GET", client -> client.get(1, "/"), answered());
    add("8.1", "HEAD", client -> client.headers(1, true, request("HEAD", "/")), answered());
    add(
        "8.1",
        "POST with DATA",
        client -> {
          client.headers(1, false, request("POST", "/"));
          client.data(1, false, "one");
          client.data(1, true, "two");
        },
        answered());
    add(
        "8.1",
        "POST with trailers",
        client -> {
          client.headers(1, false, request("POST", "/", "trailer: x-t"));
          client.data(1, false, "one");
          client.headers(1, true, "x-t: value");
        },
        answered());
    add(
        "8.1",
        "POST with an empty body",
        client -> {
          client.headers(1, false, request("POST", "/"));
          client.data(1, true, "");
        },
        answered());
    add(
        "8.1",
        "a second HEADERS without END_STREAM",
        client -> {
          client.headers(1, false, request("POST", "/"));
          client.headers(1, false, "x-t: value");
        },
        streamError(1, PROTOCOL_ERROR));
    String method = ":method: GET";
    String scheme = ":scheme: https";
    String authority = ":authority: localhost";
    String path = ":path: /";
    malformed("8.2.1", "a field name in upper case", request("GET", "/", "X-Test: ok"));
    malformed("8.2.1", "a field name with a space", request("GET", "/", "x test: ok"));
    malformed("8.2.1", "a field value with CR LF", request("GET", "/", "x: a\r\ny: b"));
    malformed("8.2.1", "a field value with LF", request("GET", "/", "x: a\nb"));
    malformed("8.2.1", "a field value with NUL", request("GET", "/", "x: a\0b"));
    malformed("8.2.1", "a field value that begins with a space", request("GET", "/", "x:  a"));
    malformed("8.2.2", "connection", request("GET", "/", "connection: keep-alive"));
    malformed("8.2.2", "keep-alive", request("GET", "/", "keep-alive: timeout=5"));
    malformed("8.2.2", "proxy-connection", request("GET", "/", "proxy-connection: close"));
    malformed("8.2.2", "upgrade", request("GET", "/", "upgrade: websocket"));
    malformed("8.2.2", "te other than trailers", request("GET", "/", "te: trailers, deflate"));
    malformed("8.2.2", "transfer-encoding", request("GET", "/", "transfer-encoding: chunked"));
    add(
        "8.2.2",
        "te: trailers is accepted",
        client -> client.headers(1, true, request("GET", "/", "te: trailers")),
        answered());
    malformed("8.3", "an unknown pseudo-header field", method, scheme, authority, path, ":x: y");
    malformed("8.3", ":status in a request", method, scheme, authority, path, ":status: 200");
    malformed("8.3", "a pseudo-header field after others", method, scheme, authority, "x: y", path);
    add(
        "8.3",
        "a pseudo-header field in trailers",
        client -> {
          client.headers(1, false, request("POST", "/"));
          client.headers(1, true, ":method: POST");
        },
        streamError(1, PROTOCOL_ERROR));
    malformed("8.3.1", "an empty :path", method, scheme, authority, ":path: ");
    malformed("8.3.1", "no :method", scheme, authority, path);
    malformed("8.3.1", "no :scheme", method, authority, path);
    malformed("8.3.1", "no :path", method, scheme, authority);
    malformed("8.3.1", "no :authority and no host", method, scheme, path);
    malformed("8.3.1", ":method twice", method, method, scheme, authority, path);
    malformed("8.3.1", ":scheme twice", method, scheme, scheme, authority, path);
    malformed("8.3.1", ":path twice", method, scheme, authority, path, path);
    malformed("8.3.1", ":authority twice", method, scheme, authority, authority, path);
    malformed("8.3.1", "a :path that is not absolute", method, scheme, authority, ":path: index");
    malformed("8.3.1", "a :path with a space", method, scheme, authority, ":path: / HTTP/1.1");
    malformed("8.3.1", ":authority and host disagree", request("GET", "/", "host: other"));
    malformed("8.3.1", ":authority with user information", method, scheme, path, ":authority: u@h");
    add(
        "8.3.1",
        "host instead of :authority is accepted",
        client -> client.headers(1, true, method, scheme, path, "host: localhost"),
        answered());
    add(
        "8.1.1",
        "content-length is larger than the body",
        client -> {
          client.headers(1, false, request("POST", "/", "content-length: 5"));
          client.data(1, true, "four");
        },
        streamError(1, PROTOCOL_ERROR));
    add(
        "8.1.1",
        "content-length is smaller than the body",
        client -> {
          client.headers(1, false, request("POST", "/", "content-length: 3"));
          client.data(1, true, "four");
        },
        streamError(1, PROTOCOL_ERROR));
    add(
        "8.1.1",
        "content-length is not the sum of several DATA",
        client -> {
          client.headers(1, false, request("POST", "/", "content-length: 1"));
          client.data(1, false, "a");
          client.data(1, true, "b");
        },
        streamError(1, PROTOCOL_ERROR));
    add(
        "8.1.1",
        "content-length is larger than the body before trailers",
        client -> {
          client.headers(1, false, request("POST", "/", "content-length: 5"));
          client.data(1, false, "four");
          client.headers(1, true, "x-t: value");
        },
        streamError(1, PROTOCOL_ERROR));
    malformed("8.1.1", "content-length without a body", request("POST", "/", "content-length: 5"));
    malformed(
        "8.1.1",
        "two content-length",
        request("POST", "/", "content-length: 0", "content-length: 0"));
    malformed("8.1.1", "content-length with a sign", request("POST", "/", "content-length: +1"));
    add(
        "10.5.1",
        "a head above the limit is answered",
        client -> {
          String[] fields = request("GET", "/", new String[60]);
          for (int i = 4; i < fields.length; i++) {
            fields[i] = "x-" + i + ": " + "v".repeat(300);
          }
          byte[] whole = block(fields);
          client.frame(HEADERS, END_STREAM, 1, Arrays.copyOf(whole, 16384));
          client.frame(
              CONTINUATION, END_HEADERS, 1, Arrays.copyOfRange(whole, 16384, whole.length));
        },
        response(1, "431"));
    add(
        "10.5.1",
        "more fields than the limit are answered",
        client -> {
          String[] fields = request("GET", "/", new String[200]);
          for (int i = 4; i < fields.length; i++) {
            fields[i] = "x: y";
          }
          client.headers(1, true, fields);
        },
        response(1, "431"));
  }

  private void badBlock(String section, String title, int... octets) {
    byte[] block = new byte[octets.length];
    for (int i = 0; i < octets.length; i++) {
      block[i] = (byte) octets[i];
    }
    add(
        section,
        title,
        client -> client.frame(HEADERS, END_HEADERS | END_STREAM, 1, joined(get(), block)),
        connectionError(COMPRESSION_ERROR));
  }

  private void hpack() {
    String rfc = "RFC 7541, ";
    badBlock(rfc + "2.3.3", "an index beyond both tables", 0xc6);
    badBlock(rfc + "2.3.3", "a name's index beyond both tables", 0x7f, 0x07, 0x01, 'x');
    badBlock(rfc + "4.2", "a table size update at the end of a block", 0x20);
    badBlock(rfc + "5.1", "an integer that is too large", 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f);
    badBlock(rfc + "5.2", "a string that is longer than its block", 0x00, 0x01, 'x', 0x09, 'y');
    // "x" and then a padding of more than seven bits, of zeros, and the end-of-string symbol.
    badBlock(rfc + "5.2", "Huffman padding longer than 7 bits", 0, 1, 'x', 0x82, 0xf3, 0xff, 0xff);
    badBlock(rfc + "5.2", "Huffman padding of zeros", 0, 1, 'x', 0x81, 0x18);
    badBlock(rfc + "5.2", "the Huffman end of string", 0, 1, 'x', 0x84, 0xff, 0xff, 0xff, 0xff);
    badBlock(rfc + "6.1", "index 0", 0x80);
    badBlock(rfc + "6.2.1", "an incomplete literal", 0x40, 0x03, 'a');
    add(
        rfc + "6.3",
        "a table size update above the setting",
        client ->
            client.frame(
                HEADERS,
                END_HEADERS | END_STREAM,
                1,
                joined(new byte[] {0x3f, (byte) 0xe2, 0x1f}, get())),
        connectionError(COMPRESSION_ERROR));
    add(
        rfc + "6.3",
        "a table size update within the setting is accepted",
        client ->
            client.frame(HEADERS, END_HEADERS | END_STREAM, 1, joined(new byte[] {0x20}, get())),
        answered());
    add(
        rfc + "6.1",
        "fields of the static table are accepted",
        client ->
            client.frame(
                HEADERS,
                END_HEADERS | END_STREAM,
                1,
                joined(new byte[] {(byte) 0x82, (byte) 0x84, (byte) 0x87}, block(":authority: h"))),
        answered());
    add(
        rfc + "6.2.1",
        "a field of the dynamic table is accepted",
        client -> {
          byte[] pseudo = {(byte) 0x82, (byte) 0x84, (byte) 0x87, 0x41, 1, 'h'};
          client.frame(HEADERS, END_HEADERS | END_STREAM, 1, pseudo);
          client.response(1);
          byte[] again = {(byte) 0x82, (byte) 0x84, (byte) 0x87, (byte) 0xbe};
          client.frame(HEADERS, END_HEADERS | END_STREAM, 3, again);
        },
        response(3, "200"));
    add(
        rfc + "6.2.3",
        "a field that is never indexed is accepted",
        client ->
            client.frame(
                HEADERS,
                END_HEADERS | END_STREAM,
                1,
                joined(get(), (byte) 0x10, (byte) 1, (byte) 'x', (byte) 1, (byte) 'y')),
        answered());
  }

  private void extensions() {
    add(
        "RFC 9218, 7.1",
        "PRIORITY_UPDATE of an open stream and of one that is not open yet",
        client -> {
          client.frame(PRIORITY_UPDATE, 0, 0, joined(ints(1), text("u=1, i")));
          client.get(1, "/");
          client.frame(PRIORITY_UPDATE, 0, 0, joined(ints(1), text("u=7")));
        },
        answered());
    add(
        "RFC 9218, 7.1",
        "PRIORITY_UPDATE on a stream",
        client -> client.frame(PRIORITY_UPDATE, 0, 1, joined(ints(1), text("u=1"))),
        connectionError(PROTOCOL_ERROR));
    add(
        "RFC 9218, 7.1",
        "PRIORITY_UPDATE shorter than 4",
        client -> client.frame(PRIORITY_UPDATE, 0, 0, text("u=1")),
        connectionError(FRAME_SIZE_ERROR));
    add(
        "RFC 9218, 7.1",
        "PRIORITY_UPDATE of stream 0",
        client -> client.frame(PRIORITY_UPDATE, 0, 0, joined(ints(0), text("u=1"))),
        connectionError(PROTOCOL_ERROR));
    add(
        "RFC 9218, 4",
        "a priority that cannot be read is ignored",
        client -> client.headers(1, true, request("GET", "/", "priority: u=9;;, i=")),
        answered());
    addBare(
        "RFC 8441, 3",
        "extended CONNECT is announced",
        client -> client.begin(),
        client -> {
          Frame settings = client.await(SETTINGS);
          ByteBuffer payload = ByteBuffer.wrap(settings.payload());
          while (payload.hasRemaining()) {
            int setting = payload.getShort();
            if (payload.getInt() == 1 && setting == 8) {
              return;
            }
          }
          throw new AssertionError("SETTINGS_ENABLE_CONNECT_PROTOCOL is missing");
        });
    malformed(
        "RFC 8441, 4", ":protocol without CONNECT", request("GET", "/", ":protocol: websocket"));
  }
}
