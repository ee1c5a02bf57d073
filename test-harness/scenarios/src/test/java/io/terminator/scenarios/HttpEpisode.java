package io.terminator.scenarios;

import io.terminator.scenarios.Wire.Kind;
import io.terminator.scenarios.Wire.Piece;
import io.terminator.testkit.Deterministic;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * One random request and its response. The path carries the seed, so that client and server run the
 * same sequence and each knows the head, every byte by its position, the trailers and the end to
 * expect.
 */
final class HttpEpisode {
  /** What the server does. */
  enum Serving {
    AFTER_THE_REQUEST,
    WHILE_READING,
    /** The response is complete before the request is read; then the rest is read. */
    EARLY,
    /** As above, and the server reads no more of the request and closes. */
    EARLY_AND_CLOSES,
    ENDS_WITHOUT_RESPONSE,
    RESETS_WITHOUT_RESPONSE,
    ENDS_WITHIN,
    RESETS_WITHIN
  }

  /** What the client does. */
  enum Visiting {
    READS,
    SLOWLY,
    /** Takes nothing for a while. */
    LATE,
    LEAVES_WITHIN_UPLOAD,
    LEAVES_WITHIN_DOWNLOAD
  }

  /** How the visit ended, for the table. */
  enum Outcome {
    WHOLE,
    BROKEN_AS_PLANNED,
    ANSWERED_502_AS_PLANNED,
    LEFT,
    /** The connection ended before a byte of the response; only where that is allowed. */
    NOT_ACCEPTED,
    /** Broken or refused against the plan: only where connections are closed to free memory. */
    SHED,
    /** 502 because the server closed a kept connection that a request was sent on. */
    RACED
  }

  static final String SEED_FIELD = "x-seed";

  // A prime number, so that no shift by a buffer's size maps the pattern onto itself.
  private static final byte[] PATTERN = Deterministic.bytes(11, 65_521);

  private static final int LARGEST = 3 * 1024 * 1024;

  private final long seed;
  final String method;
  final Serving serving;
  final Visiting visiting;
  final long upload;
  final long download;
  private final boolean uploadKnown;
  private final long downloadFraming;
  private final boolean uploadTrailers;
  private final boolean downloadTrailers;
  private final boolean expects;
  private final boolean hints;
  final boolean lastOfServer;

  /** The JDK's TLS sends close_notify before a reset. */
  private boolean resetsInOrder;

  /** Why the response is not complete. */
  private String brokenBy = "";

  HttpEpisode(long seed) {
    this.seed = seed;
    Random random = new Random(seed);
    int drawn = random.nextInt(20);
    method = drawn < 8 ? "GET" : drawn < 10 ? "HEAD" : drawn < 15 ? "POST" : "PUT";
    boolean body = method.startsWith("P");
    upload = body ? size(random) : 0;
    download = size(random);
    uploadKnown = random.nextBoolean();
    int framing = random.nextInt(8);
    boolean head = method.equals("HEAD");
    downloadFraming =
        framing < 4 || head ? download : framing < 7 ? Wire.UNKNOWN : Wire.UNTIL_CLOSE;
    uploadTrailers = random.nextInt(4) == 0;
    downloadTrailers = random.nextInt(4) == 0 && !head;
    hints = random.nextInt(8) == 0;
    int served = random.nextInt(40);
    serving =
        served < 16
            ? Serving.AFTER_THE_REQUEST
            : served < 28
                ? Serving.WHILE_READING
                : served < 32 ? Serving.EARLY : Serving.values()[3 + served % 5];
    int visited = random.nextInt(20);
    Visiting visit =
        visited < 12
            ? Visiting.READS
            : visited < 15
                ? Visiting.SLOWLY
                : visited < 18
                    ? Visiting.LATE
                    : visited == 18
                        ? Visiting.LEAVES_WITHIN_UPLOAD
                        : Visiting.LEAVES_WITHIN_DOWNLOAD;
    visiting = visit == Visiting.LEAVES_WITHIN_UPLOAD && upload < 2 ? Visiting.READS : visit;
    expects =
        random.nextInt(6) == 0
            && upload > 0
            && (serving == Serving.AFTER_THE_REQUEST || serving == Serving.WHILE_READING);
    lastOfServer = random.nextInt(6) == 0;
  }

  private static long size(Random random) {
    return switch (random.nextInt(10)) {
      case 0 -> 0;
      case 1, 2 -> random.nextInt(100);
      case 3, 4, 5, 6 -> random.nextInt(30_000);
      case 7, 8 -> random.nextInt(400_000);
      default -> random.nextInt(LARGEST);
    };
  }

  /** The seed in a request's path. */
  static long seedOf(Piece request) {
    String path = request.fields().getOrDefault(":path", "");
    return Long.parseLong(path.substring(path.lastIndexOf('/') + 1));
  }

  /** Whether requests can follow this one before it is answered. */
  boolean isSimple() {
    return upload == 0 && visiting == Visiting.READS && isAnswered();
  }

  private boolean isAnswered() {
    return serving.ordinal() <= Serving.EARLY_AND_CLOSES.ordinal();
  }

  private boolean isWithin() {
    return serving == Serving.ENDS_WITHIN || serving == Serving.RESETS_WITHIN;
  }

  // The client.

  void ask(Wire wire, String prefix, boolean toTls) throws IOException {
    resetsInOrder = toTls;
    List<String> fields = new ArrayList<>(List.of(SEED_FIELD + ": " + seed));
    if (expects) {
      fields.add("Expect: 100-continue");
    }
    if (uploadTrailers && upload > 0) {
      fields.add("Trailer: x-sum");
    }
    wire.request(method, prefix + seed, fields, uploadLength());
  }

  private long uploadLength() {
    return upload == 0 ? 0 : uploadKnown ? upload : Wire.UNKNOWN;
  }

  /** After {@link #ask}: sends the body and checks all of the response. */
  Outcome visit(Wire wire, Executor sending) throws IOException {
    Random pace = new Random(seed + 1);
    CompletableFuture<Void> sent = CompletableFuture.completedFuture(null);
    Piece head = null;
    if (expects) {
      head = wire.read();
      if (head.kind() == Kind.INTERIM && head.status() == 100) {
        head = null;
      }
    }
    if (upload > 0 && head == null) {
      sent = CompletableFuture.runAsync(() -> sendUpload(wire), sending);
      if (visiting == Visiting.LEAVES_WITHIN_UPLOAD) {
        sent.join();
        return Outcome.LEFT;
      }
    }
    if (visiting == Visiting.LATE) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50 + pace.nextInt(400)));
    }
    while (head == null || head.kind() == Kind.INTERIM) {
      head = wire.read();
    }
    Outcome outcome = response(wire, head, pace);
    if (outcome != Outcome.LEFT) {
      sent.join();
    }
    return outcome;
  }

  private Outcome response(Wire wire, Piece head, Random pace) throws IOException {
    if (head.kind() == Kind.BROKEN) {
      // A reset may overtake what was sent before it.
      brokenBy = head.why();
      return isWithin() ? Outcome.BROKEN_AS_PLANNED : Outcome.NOT_ACCEPTED;
    }
    require(head.kind() == Kind.RESPONSE, "a response", head);
    if (head.status() == 502) {
      while (wire.read().kind() == Kind.DATA) {
        // The text of the error.
      }
      return isWithin()
          ? Outcome.BROKEN_AS_PLANNED
          : isAnswered() ? Outcome.RACED : Outcome.ANSWERED_502_AS_PLANNED;
    }
    if (head.status() == 503) {
      brokenBy = "503";
      return Outcome.SHED;
    }
    require(head.status() == 200, "200", head);
    require(
        Long.toString(seed).equals(head.fields().get(SEED_FIELD)), "the response to " + seed, head);
    long at = 0;
    boolean trailed = false;
    while (true) {
      if (visiting == Visiting.LEAVES_WITHIN_DOWNLOAD && at >= download / 2) {
        wire.cut(pace.nextBoolean());
        return Outcome.LEFT;
      }
      if (visiting == Visiting.SLOWLY && pace.nextInt(4) == 0) {
        LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(pace.nextInt(20_000)));
      }
      Piece piece = wire.read();
      switch (piece.kind()) {
        case DATA -> {
          check(piece.data(), seed + 2, at);
          at += piece.data().length;
        }
        case TRAILERS -> {
          require(downloadTrailers, "no trailers", piece);
          require(sum(download).equals(piece.fields().get("x-sum")), sum(download), piece);
          trailed = true;
        }
        case END -> {
          require(!isCutVisibly(wire), "a broken response after " + at, piece);
          long whole = method.equals("HEAD") ? 0 : isWithin() ? download / 2 : download;
          require(at == whole, whole + " bytes, not " + at, piece);
          if (trailed != isTrailed(wire)) {
            require(false, "trailers: " + isTrailed(wire) + ", not " + trailed, piece);
          }
          return isWithin() ? Outcome.BROKEN_AS_PLANNED : Outcome.WHOLE;
        }
        default -> {
          brokenBy = piece.why() + " after " + at;
          require(at <= (isWithin() ? download / 2 : download), "fewer bytes than " + at, piece);
          return isWithin() ? Outcome.BROKEN_AS_PLANNED : Outcome.SHED;
        }
      }
    }
  }

  /** The end of a body until close cannot be told from a server that stops in the middle. */
  private boolean isCutVisibly(Wire wire) {
    return isWithin()
        && !method.equals("HEAD")
        && download > 0
        && !((serving == Serving.ENDS_WITHIN || resetsInOrder)
            && downloadFraming == Wire.UNTIL_CLOSE);
  }

  private boolean isTrailed(Wire wire) {
    return downloadTrailers && downloadFraming == Wire.UNKNOWN && download > 0 && !isWithin();
  }

  private void sendUpload(Wire wire) {
    Random pace = new Random(seed + 3);
    long most = visiting == Visiting.LEAVES_WITHIN_UPLOAD ? upload / 2 : upload;
    try {
      transmit(wire, seed + 4, most, pace);
      if (most < upload) {
        wire.cut(pace.nextBoolean());
      } else {
        wire.end(uploadTrailers && !uploadKnown ? List.of("x-sum: " + sum(upload)) : List.of());
      }
    } catch (IOException refused) {
      // The response says why, if that was allowed.
    }
  }

  // The server.

  /**
   * False: the connection is of no further use. The request's head has been read. {@code
   * announcing}: the response says that the server closes.
   */
  boolean serve(Wire wire, Piece request, boolean announcing) throws IOException {
    require(method.equals(request.fields().get(":method")), method, request);
    require(Long.toString(seed).equals(request.fields().get(SEED_FIELD)), "seed " + seed, request);
    Random pace = new Random(seed + 5);
    if (serving == Serving.ENDS_WITHOUT_RESPONSE || serving == Serving.RESETS_WITHOUT_RESPONSE) {
      if (pace.nextBoolean()) {
        wire.read();
      }
      wire.cut(serving == Serving.RESETS_WITHOUT_RESPONSE);
      return false;
    }
    if (expects) {
      wire.interim(100, List.of());
    }
    if (hints) {
      wire.interim(103, List.of("Link: </a>; rel=preload"));
    }
    if (serving == Serving.AFTER_THE_REQUEST) {
      if (!receiveUpload(wire)) {
        return false;
      }
      return respond(wire, pace, announcing);
    }
    if (serving == Serving.WHILE_READING) {
      CompletableFuture<Boolean> read =
          CompletableFuture.supplyAsync(() -> receives(wire), THREADS);
      boolean kept = respond(wire, pace, announcing);
      return read.join() && kept;
    }
    if (!respond(wire, pace, announcing)) {
      return false;
    }
    if (serving == Serving.EARLY_AND_CLOSES) {
      return false;
    }
    return receiveUpload(wire);
  }

  private static final Executor THREADS =
      work -> {
        Thread thread = new Thread(work, "http-episode");
        thread.setDaemon(true);
        thread.start();
      };

  private boolean receives(Wire wire) {
    try {
      return receiveUpload(wire);
    } catch (IOException broken) {
      return false;
    }
  }

  /** True if the request was complete; then every byte was right. */
  private boolean receiveUpload(Wire wire) throws IOException {
    long at = 0;
    boolean trailed = false;
    while (true) {
      Piece piece = wire.read();
      switch (piece.kind()) {
        case DATA -> {
          check(piece.data(), seed + 4, at);
          at += piece.data().length;
        }
        case TRAILERS -> {
          require(sum(upload).equals(piece.fields().get("x-sum")), sum(upload), piece);
          trailed = true;
        }
        case END -> {
          require(
              visiting != Visiting.LEAVES_WITHIN_UPLOAD,
              "no complete request of a client that leaves after " + at,
              piece);
          require(at == upload, upload + " bytes, not " + at, piece);
          require(
              trailed == (uploadTrailers && !uploadKnown && upload > 0),
              "trailers as sent, not " + trailed,
              piece);
          return true;
        }
        default -> {
          return false;
        }
      }
    }
  }

  private boolean respond(Wire wire, Random pace, boolean announcing) throws IOException {
    boolean head = method.equals("HEAD");
    long framing =
        wire.isHttp2() && downloadFraming == Wire.UNTIL_CLOSE ? Wire.UNKNOWN : downloadFraming;
    if (framing == Wire.UNKNOWN && download == 0) {
      framing = 0;
    }
    List<String> fields = new ArrayList<>(List.of(SEED_FIELD + ": " + seed));
    boolean closes = closesAfterwards() && !wire.isHttp2();
    boolean silent = announcing ? framing == Wire.UNTIL_CLOSE : !isWithin();
    if (closes && !(silent && pace.nextInt(3) > 0)) {
      fields.add("Connection: close");
    }
    wire.respond(200, fields, framing, head);
    if (!head) {
      transmit(wire, seed + 2, isWithin() ? download / 2 : download, pace);
    }
    if (isWithin() && !head && download > 0) {
      wire.cut(serving == Serving.RESETS_WITHIN);
      return false;
    }
    if (!head && framing != 0) {
      wire.end(
          downloadTrailers && framing == Wire.UNKNOWN && downloadFraming == Wire.UNKNOWN
              ? List.of("x-sum: " + sum(download))
              : List.of());
    }
    return !closes;
  }

  private boolean closesAfterwards() {
    return lastOfServer
        || downloadFraming == Wire.UNTIL_CLOSE
        || serving == Serving.EARLY_AND_CLOSES
        || isWithin();
  }

  // Bytes.

  private static void transmit(Wire wire, long content, long length, Random pace)
      throws IOException {
    boolean small = length < 2_000 && pace.nextInt(3) == 0;
    byte[] bytes = new byte[40_000];
    for (long at = 0; at < length; ) {
      int piece = (int) Math.min(length - at, 1 + pace.nextInt(small ? 20 : bytes.length));
      fill(bytes, content, at, piece);
      wire.send(bytes, piece);
      at += piece;
      if (pace.nextInt(40) == 0) {
        LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(pace.nextInt(5_000)));
      }
    }
  }

  private static int position(long content, long at) {
    return (int) Math.floorMod(content * 31 + at, (long) PATTERN.length);
  }

  private static void fill(byte[] target, long content, long at, int length) {
    for (int done = 0; done < length; ) {
      int from = position(content, at + done);
      int part = Math.min(length - done, PATTERN.length - from);
      System.arraycopy(PATTERN, from, target, done, part);
      done += part;
    }
  }

  private void check(byte[] received, long content, long at) {
    byte[] expected = new byte[received.length];
    fill(expected, content, at, received.length);
    int wrong = Arrays.mismatch(expected, received);
    if (wrong >= 0) {
      throw new IllegalStateException(this + ": another byte at " + (at + wrong));
    }
  }

  private String sum(long length) {
    return seed + "-" + length;
  }

  /** Not an AssertionError, so that nothing takes it for a connection that was cut. */
  private void require(boolean met, String expected, Piece piece) {
    if (!met) {
      Map<String, String> fields = piece.fields();
      throw new IllegalStateException(
          this + ": expected " + expected + "; got " + piece.kind() + " " + fields + piece.why());
    }
  }

  @Override
  public String toString() {
    return "seed "
        + seed
        + ": "
        + method
        + (expects ? " expects" : "")
        + (hints ? " hints" : "")
        + ", up "
        + upload
        + (uploadKnown ? " known" : " chunked")
        + (uploadTrailers ? " trailers" : "")
        + ", down "
        + download
        + (downloadFraming == Wire.UNKNOWN
            ? " chunked"
            : downloadFraming == Wire.UNTIL_CLOSE ? " until close" : " known")
        + (downloadTrailers ? " trailers" : "")
        + ", "
        + serving
        + ", "
        + visiting
        + (brokenBy.isEmpty() ? "" : ", broken by " + brokenBy);
  }
}
