package io.terminator.load.generator;

import io.netty.channel.unix.Socket;
import io.terminator.load.loop.Memory;
import io.terminator.load.loop.RawSocket;
import io.terminator.load.wire.Exchange;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * One client: connects, does the handshake, does one exchange after the other, compares every byte
 * of each answer, and closes in order (close_notify, FIN, wait for the peer's end).
 */
final class ClientConnection implements RawSocket.Listener {

  /** Receives the events; the connection may be used within each call. */
  interface Owner {
    /** Connected, and secured where TLS is spoken. */
    void onReady(ClientConnection connection) throws IOException;

    /** A complete and correct answer arrived {@code nanos} after {@code since} was set. */
    void onAnswer(ClientConnection connection, long nanos) throws IOException;

    /** The connection ended in order; {@code clean} if the target sent a close_notify. */
    void onEnd(ClientConnection connection, boolean clean);

    void onFailure(ClientConnection connection, String problem);
  }

  private enum State {
    CONNECTING,
    SECURING,
    READY,
    EXCHANGING,
    CLOSING,
    CLOSED
  }

  private static final int CHUNK = 64 * 1024;
  private static final int FIRST = 16 * 1024;

  private final Workbench bench;
  private final Owner owner;
  private final RawSocket socket;
  private final @Nullable ClientTls tls;
  private State state = State.CONNECTING;
  private Exchange exchange = new Exchange(0, 1);
  private long since = System.nanoTime();
  private long moved = since;
  private long bodyDone;
  private long answerDone;
  private int bodyStart;
  private int answerStart;
  private boolean headerSent = true;

  private ClientConnection(
      Workbench bench, Owner owner, RawSocket socket, @Nullable ClientTls tls) {
    this.bench = bench;
    this.owner = owner;
    this.socket = socket;
    this.tls = tls;
  }

  /** Begins to connect to {@code address}. */
  static ClientConnection open(Workbench bench, Dial dial, Owner owner) throws IOException {
    Socket socket = Socket.newSocketStream();
    try {
      socket.setTcpNoDelay(true);
      // Without it a bind to an address takes a port out of one common range at once.
      socket.setIntOpt(0, 24, 1);
      socket.bind(bench.nextSource());
      socket.connect(dial.address());
      ClientContext context = dial.context();
      ClientTls tls = context == null ? null : new ClientTls(context, dial.serverName());
      RawSocket raw = new RawSocket(bench.reactor(), socket);
      ClientConnection connection = new ClientConnection(bench, owner, raw, tls);
      raw.open(connection, true);
      return connection;
    } catch (IOException failure) {
      socket.close();
      throw failure;
    }
  }

  /** Sends {@code next}; latency is measured from {@code from}, a {@link System#nanoTime}. */
  void exchange(Exchange next, long from) throws IOException {
    exchange = next;
    since = from;
    moved = System.nanoTime();
    bodyDone = 0;
    answerDone = 0;
    bodyStart = bench.nextStart();
    answerStart = bench.nextStart();
    headerSent = false;
    state = State.EXCHANGING;
    send();
  }

  /** Whether nothing is expected from the target now. */
  boolean isIdle() {
    return state == State.READY || state == State.CLOSED;
  }

  boolean isClosing() {
    return state == State.CLOSING;
  }

  /** The start of the connection or of the exchange, as passed by the caller. */
  long since() {
    return since;
  }

  /** When bytes last moved. */
  long moved() {
    return moved;
  }

  boolean isResumed() {
    return tls != null && tls.isResumed();
  }

  Negotiated negotiated() {
    if (tls == null) {
      throw new IllegalStateException("a plain connection negotiates nothing");
    }
    return tls.negotiated();
  }

  /** Ends in order; {@link Owner#onEnd} follows. */
  void finish() throws IOException {
    state = State.CLOSING;
    if (tls != null) {
      int length = tls.finish(bench.sending());
      socket.write(bench.sending().address(), length);
    }
    socket.shutdownOutput();
  }

  /** Closes at once without a callback. */
  void drop() {
    if (state != State.CLOSED) {
      state = State.CLOSED;
      socket.abort();
      if (tls != null) {
        tls.free();
      }
    }
  }

  @Override
  public void onWritable() throws IOException {
    moved = System.nanoTime();
    if (state == State.CONNECTING) {
      onConnected();
    } else if (state == State.EXCHANGING) {
      send();
    }
  }

  private void onConnected() throws IOException {
    if (tls == null) {
      byte[] preamble = bench.preamble();
      bench.sending().buffer().put(0, preamble);
      socket.write(bench.sending().address(), preamble.length);
      toReady();
      return;
    }
    state = State.SECURING;
    int length = tls.begin(bench.sending());
    socket.write(bench.sending().address(), length);
  }

  private void toReady() throws IOException {
    state = State.READY;
    owner.onReady(this);
  }

  private void send() throws IOException {
    if (!headerSent && !socket.isBlocked()) {
      Memory first = bench.assembling();
      int body = (int) Math.min(exchange.body(), FIRST - Exchange.HEADER);
      exchange.putHeader(first.buffer().clear(), bodyStart, answerStart);
      bench.pattern().copy(bodyStart, 0, first.buffer(), Exchange.HEADER, body);
      headerSent = true;
      bodyDone = body;
      sendPlain(first.address(), Exchange.HEADER + body);
    }
    while (bodyDone < exchange.body() && !socket.isBlocked()) {
      int piece = (int) Math.min(exchange.body() - bodyDone, CHUNK);
      long address = bench.pattern().address(bodyStart, bodyDone);
      bodyDone += piece;
      sendPlain(address, piece);
    }
  }

  private void sendPlain(long address, int length) throws IOException {
    if (tls == null) {
      socket.write(address, length);
    } else {
      int sealed = tls.seal(address, length, bench.sending());
      socket.write(bench.sending().address(), sealed);
    }
  }

  @Override
  public void onReadable() throws IOException {
    moved = System.nanoTime();
    Memory received = bench.received();
    int length = socket.receive(received);
    if (length == RawSocket.END) {
      onEnd();
    } else if (length > 0 && state != State.CLOSED) {
      take(received, length);
    }
  }

  private void take(Memory received, int length) throws IOException {
    if (tls == null) {
      check(received, length);
      return;
    }
    Memory plain = bench.plain();
    if (!tls.isDone()) {
      int answer = tls.handshake(received, length, bench.sending());
      if (answer > 0) {
        socket.write(bench.sending().address(), answer);
      }
      if (tls.isDone()) {
        int early = tls.openRest(received, length, plain);
        if (early > 0) {
          throw new IOException(early + " bytes before anything was asked for");
        }
        toReady();
      }
      return;
    }
    int opened = tls.open(received, length, plain);
    int own = tls.takeOwnOutput(bench.sending());
    if (own > 0 && !socket.isBlocked() && state != State.CLOSING) {
      socket.write(bench.sending().address(), own);
    }
    if (opened > 0) {
      check(plain, opened);
    }
    if (tls.isEnded() && state != State.CLOSING) {
      throw new IOException("close_notify " + progress());
    }
  }

  private void check(Memory bytes, int length) throws IOException {
    if (state != State.EXCHANGING || answerDone + length > exchange.answer()) {
      throw new IOException(length + " bytes that nobody asked for, " + progress());
    }
    boolean right = bench.pattern().matches(bytes.buffer(), 0, length, answerStart, answerDone);
    bytes.buffer().clear();
    if (!right) {
      throw new IOException("wrong bytes in the answer, " + progress());
    }
    answerDone += length;
    bench.checked(length);
    if (answerDone == exchange.answer()) {
      if (bodyDone < exchange.body()) {
        throw new IOException("an answer before the request was sent");
      }
      state = State.READY;
      owner.onAnswer(this, System.nanoTime() - since);
    }
  }

  private void onEnd() throws IOException {
    if (state != State.CLOSING) {
      throw new IOException("closed by the target " + progress());
    }
    boolean clean = tls == null || tls.isEnded();
    drop();
    owner.onEnd(this, clean);
  }

  /** The progress as text, for the end of a sentence. */
  String progress() {
    return switch (state) {
      case CONNECTING -> "before the connection was there";
      case SECURING -> "within the handshake";
      case READY, CLOSED -> "between exchanges";
      case EXCHANGING -> "after " + answerDone + " of " + exchange.answer() + " bytes";
      case CLOSING -> "after the end";
    };
  }

  @Override
  public void onBroken(IOException failure) {
    if (state == State.CLOSED) {
      return;
    }
    // What arrives after our own end (an answer without a request, a reset) is the target's way to
    // close.
    boolean ending = state == State.CLOSING;
    String problem = failure.getMessage() + (ending ? "" : " (" + progress() + ")");
    drop();
    if (ending) {
      owner.onEnd(this, false);
    } else {
      owner.onFailure(this, problem);
    }
  }
}
