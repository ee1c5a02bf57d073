package io.terminator.core.connect;

import io.netty.channel.unix.Socket;
import io.terminator.core.chain.BackendLayer;
import io.terminator.core.chain.BackendSession;
import io.terminator.core.chain.ByteStream;
import io.terminator.core.chain.InetSocket;
import io.terminator.core.chain.Protection;
import io.terminator.core.chain.Side;
import io.terminator.core.chain.SocketFailure;
import io.terminator.core.chain.StreamEvents;
import io.terminator.core.chain.TcpConfig;
import io.terminator.core.chain.TcpStream;
import io.terminator.core.frame.Scratch;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.throttle.PauseReason;
import io.terminator.core.worker.TrafficCounters;
import io.terminator.core.worker.Worker;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One connect to one server: TCP, then the bytes that must come first, then the layer that the
 * backend requires. Reports its outcome once, unless it is cancelled before; deadlines are the
 * caller's. Worker thread only.
 */
public final class Dial implements StreamEvents {

  /** The caller that started the connect. */
  public interface Caller {
    /**
     * The server is ready; the caller closes and releases {@code stream}. It is read once its gate
     * is started and {@link PauseReason#SETUP} is released.
     */
    void onOpen(ByteStream stream);

    /** The connect failed. None of the caller's bytes has reached the server. */
    void onRefused(CloseReason reason, String why);

    void onFault(Throwable fault);
  }

  private final Worker worker;
  private final TrafficCounters traffic;
  private final String server;
  private final SocketAddress address;
  private final TcpConfig tcp;
  private final Function<TcpStream, byte[]> proxyHeader;
  private final @Nullable BackendLayer layer;
  private final Protection client;
  private final Caller caller;
  private @Nullable TcpStream socket;
  private @Nullable BackendSession session;
  private boolean over;
  private boolean clientsChoice;

  /**
   * {@code proxyHeader} is written before anything else and may be empty. {@code traffic} counts
   * the stream's bytes.
   */
  public Dial(
      Worker worker,
      TrafficCounters traffic,
      String server,
      SocketAddress address,
      TcpConfig tcp,
      Function<TcpStream, byte[]> proxyHeader,
      @Nullable BackendLayer layer,
      Protection client,
      Caller caller) {
    this.worker = worker;
    this.traffic = traffic;
    this.server = server;
    this.address = address;
    this.tcp = tcp;
    this.proxyHeader = proxyHeader;
    this.layer = layer;
    this.client = client;
    this.caller = caller;
  }

  /** The outcome may be reported before this returns. */
  public void begin() {
    try {
      Socket descriptor =
          address instanceof InetSocketAddress inet
              ? InetSocket.forAddress(inet.getAddress())
              : Socket.newSocketDomain();
      TcpStream stream = new TcpStream(worker, descriptor, Side.BACKEND, address);
      stream.countIn(traffic);
      socket = stream;
      if (address instanceof InetSocketAddress) {
        descriptor.setTcpNoDelay(true);
        if (!tcp.isOfNewSocket()) {
          tcp.applyTo(descriptor);
        }
      }
      stream.attach(this);
      if (stream.connect(address)) {
        connected(stream);
      }
    } catch (IOException | RuntimeException refused) {
      refuse(CloseReason.CONNECT_FAILED, SocketFailure.words(refused));
    }
  }

  /** Cancels: no outcome is reported any more, and everything is closed and released. */
  public void giveUp() {
    over = true;
    TcpStream stream = socket;
    if (stream != null) {
      stream.abort();
    }
    BackendSession begun = session;
    if (begun != null) {
      begun.stream().release();
    }
  }

  /** Whether the server is not to blame for the refusal. */
  boolean isClientsChoice() {
    return clientsChoice;
  }

  private void refuse(CloseReason reason, String why) {
    if (!over) {
      giveUp();
      caller.onRefused(reason, server + ": " + why);
    }
  }

  private void connected(TcpStream stream) throws IOException {
    if (over || !stream.finishConnect()) {
      return;
    }
    byte[] first = proxyHeader.apply(stream);
    if (first.length > 0) {
      try (Scratch scratch = worker.encrypted()) {
        scratch.buffer().put(0, first);
        if (!stream.write(scratch, 0, first.length)) {
          throw new IOException("the server closed before the PROXY header was sent");
        }
      }
    }
    BackendLayer above = layer;
    if (above == null) {
      over = true;
      caller.onOpen(stream);
      return;
    }
    BackendSession begun = above.begin(stream, server, client);
    session = begun;
    advance(begun);
  }

  private void advance(BackendSession begun) {
    switch (begun.advance()) {
      case WAIT -> {
        begun.stream().gate().release(PauseReason.HANDSHAKE);
        begun.stream().gate().start();
      }
      case AWAY -> begun.stream().gate().hold(PauseReason.HANDSHAKE);
      case SECURED -> {
        over = true;
        // The server's first bytes are left for the next owner of the stream.
        begun.stream().gate().hold(PauseReason.SETUP);
        begun.stream().gate().release(PauseReason.HANDSHAKE);
        caller.onOpen(begun.stream());
      }
      case FAILED -> {
        clientsChoice = begun.isClientsChoice();
        refuse(begun.reason(), begun.failure());
      }
    }
  }

  @Override
  public void onWritable() {
    TcpStream stream = socket;
    if (over || stream == null) {
      return;
    }
    BackendSession begun = session;
    if (begun != null) {
      if (stream.isBroken()) {
        refuse(CloseReason.BACKEND_HANDSHAKE_FAILED, "the server closed during the handshake");
      }
      return;
    }
    try {
      connected(stream);
    } catch (IOException refused) {
      refuse(CloseReason.CONNECT_FAILED, SocketFailure.words(refused));
    }
  }

  @Override
  public void onReadable() {
    BackendSession begun = session;
    if (!over && begun != null) {
      advance(begun);
    }
  }

  @Override
  public void onHangUp() {
    if (session == null) {
      onWritable();
    } else {
      refuse(CloseReason.BACKEND_HANDSHAKE_FAILED, "the server reset the handshake");
    }
  }

  @Override
  public void onFault(Throwable fault) {
    caller.onFault(fault);
  }
}
