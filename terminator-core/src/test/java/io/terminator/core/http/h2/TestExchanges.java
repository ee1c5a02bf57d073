package io.terminator.core.http.h2;

import io.terminator.core.frame.Scratch;
import io.terminator.core.http.exchange.Exchanges;
import io.terminator.core.http.exchange.HttpEvents;
import io.terminator.core.http.exchange.HttpStream;
import io.terminator.core.http.exchange.ResetReason;
import io.terminator.core.http.message.FieldName;
import io.terminator.core.http.message.Head;
import io.terminator.core.http.message.HeadKind;
import io.terminator.core.http.message.Heads;
import io.terminator.core.http.message.Refusal;
import io.terminator.core.throttle.PauseReason;
import io.terminator.core.worker.Worker;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Answers requests by their path: {@code /slow} not at all, {@code /stuck} not at all and without
 * reading, {@code /echo} with the body, {@code /bytes/N} with N bytes as fast as there is room,
 * {@code /trailers} with trailers, {@code /early} before the request is complete, others with a
 * short text once the request is complete.
 */
final class TestExchanges implements Exchanges {
  private final Worker worker;
  private final Heads heads;
  private volatile boolean last;
  final List<String> log = new CopyOnWriteArrayList<>();

  TestExchanges(Worker worker, Heads heads) {
    this.worker = worker;
    this.heads = heads;
  }

  @Override
  public boolean isLast() {
    return last;
  }

  void toFirst() {
    last = false;
  }

  /** The connection drains. */
  void toLast() {
    last = true;
  }

  @Override
  public HttpEvents begin(HttpStream stream) {
    return new Answer();
  }

  private final class Answer implements HttpEvents {
    private String path = "";
    private long left;
    private boolean started;
    private boolean done;

    @Override
    public void onHead(HttpStream stream, Head head, Scratch bytes, int from, int to, boolean end) {
      path = head.text(head.path());
      log.add(path);
      heads.release(head);
      if (path.startsWith("/bytes/")) {
        left = Long.parseLong(path.substring("/bytes/".length()));
        answer(stream, bytes, from, from, left == 0);
        // Not under this lease.
        worker.execute(() -> onRoom(stream));
      } else if (path.equals("/echo")) {
        answer(stream, bytes, from, to, end);
      } else if (path.equals("/early")) {
        text(stream, bytes, from, "early");
      } else if (path.equals("/stuck")) {
        stream.pause(PauseReason.PEER_FULL);
      } else if (end) {
        finish(stream, bytes, from);
      }
    }

    private void answer(HttpStream stream, Scratch bytes, int from, int to, boolean end) {
      started = true;
      Head response = heads.take(HeadKind.RESPONSE);
      response.setStatus(200);
      response.add(FieldName.CONTENT_TYPE, "text/plain");
      stream.send(response, bytes, from, to, end);
      heads.release(response);
      release(stream, end);
    }

    private void release(HttpStream stream, boolean end) {
      if (end) {
        done = true;
        stream.release();
      }
    }

    private void finish(HttpStream stream, Scratch bytes, int at) {
      if (!path.equals("/slow") && !path.equals("/stuck")) {
        text(stream, bytes, at, "hello");
      }
    }

    private void text(HttpStream stream, Scratch bytes, int at, String text) {
      byte[] body = text.getBytes(StandardCharsets.US_ASCII);
      bytes.buffer().put(at, body);
      boolean trailers = path.equals("/trailers");
      answer(stream, bytes, at, at + body.length, !trailers);
      if (trailers) {
        Head fields = heads.take(HeadKind.TRAILERS);
        fields.add("X-Trailer", "value");
        stream.sendTrailers(fields, bytes, at);
        heads.release(fields);
        release(stream, true);
      }
    }

    @Override
    public void onData(HttpStream stream, Scratch bytes, int from, int to, boolean end) {
      if (done) {
        return;
      }
      if (path.equals("/echo")) {
        stream.send(bytes, from, to, end);
        release(stream, end);
        if (!end && stream.room() == 0) {
          stream.pause(PauseReason.PEER_FULL);
        }
      } else if (end && !started) {
        finish(stream, bytes, from);
      }
    }

    @Override
    public void onTrailers(HttpStream stream, Head trailers, Scratch bytes, int at) {
      heads.release(trailers);
      if (path.equals("/echo")) {
        stream.send(bytes, at, at, true);
        release(stream, true);
      } else if (!started) {
        finish(stream, bytes, at);
      }
    }

    @Override
    public void onRefused(HttpStream stream, Refusal why) {
      Head response = heads.take(HeadKind.RESPONSE);
      response.setStatus(why.status());
      try (Scratch plain = worker.plain()) {
        stream.send(response, plain, HttpStream.HEADROOM, HttpStream.HEADROOM, true);
      }
      heads.release(response);
      release(stream, true);
    }

    @Override
    public void onReset(HttpStream stream, ResetReason why, String detail) {
      done = true;
      log.add(path + " " + why.name().toLowerCase(Locale.ROOT));
      stream.release();
    }

    @Override
    public void onRoom(HttpStream stream) {
      if (done) {
        return;
      }
      stream.resume(PauseReason.PEER_FULL);
      while (left > 0) {
        int most = (int) Math.min(Math.min(left, stream.room()), 64 * 1024);
        if (most == 0) {
          return;
        }
        left -= most;
        try (Scratch plain = worker.plain()) {
          for (int i = 0; i < most; i++) {
            plain.buffer().put(HttpStream.HEADROOM + i, (byte) ('a' + (left + most - i) % 26));
          }
          stream.send(plain, HttpStream.HEADROOM, HttpStream.HEADROOM + most, left == 0);
        }
        release(stream, left == 0);
      }
    }

    @Override
    public long accepts(HttpStream stream) {
      return path.equals("/stuck") ? 0 : path.equals("/echo") ? stream.room() : Long.MAX_VALUE;
    }
  }
}
