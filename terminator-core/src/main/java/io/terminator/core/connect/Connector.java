package io.terminator.core.connect;

import io.netty.channel.unix.Socket;
import io.terminator.core.chain.ByteStream;
import io.terminator.core.chain.InetSocket;
import io.terminator.core.chain.ProxyHeader;
import io.terminator.core.chain.ProxyProtocol;
import io.terminator.core.chain.Side;
import io.terminator.core.chain.StreamEvents;
import io.terminator.core.chain.TcpStream;
import io.terminator.core.flow.Progress;
import io.terminator.core.frame.Scratch;
import io.terminator.core.observe.WorkerCount;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.phase.Phase;
import io.terminator.core.route.Routed;
import io.terminator.core.route.Server;
import io.terminator.core.route.ServerTally;
import io.terminator.core.throttle.PauseReason;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Dials the backend once the client has proved to be one; a server that refuses or is silent costs another attempt on the
 * next, which is safe since nothing has been sent. Immutable, any worker.
 */
public final class Connector {
  private final Map<String, ConnectConfig> configs;

  /** {@code configs} has an entry for each backend that a route leads to. */
  public Connector(Map<String, ConnectConfig> configs) {
    this.configs = Map.copyOf(configs);
  }

  public void open(Routed routed, Consumer<Connected> next) {
    Progress progress = routed.progress();
    progress.enter(Phase.CONNECT);
    ByteStream client = progress.client();
    if (client == null) {
      throw new IllegalStateException("connect before the handshake");
    }
    new Attempts(routed, client, next).begin();
  }

  private final class Attempts implements StreamEvents {
    private final Routed routed;
    private final Progress progress;
    private final ByteStream client;
    private final Consumer<Connected> next;
    private final ConnectConfig config;
    private int attempts;
    private @Nullable TcpStream dialling;
    private @Nullable Server server;
    private String lastFailure = "";
    private boolean timedOut;

    Attempts(Routed routed, ByteStream client, Consumer<Connected> next) {
      this.routed = routed;
      this.progress = routed.progress();
      this.client = client;
      this.next = next;
      this.config = configs.getOrDefault(routed.pool().name(), ConnectConfig.DEFAULT);
    }

    void begin() {
      progress.clientGate().hold(PauseReason.SETUP);
      client.tcp().attach(new ClientWhileConnecting());
      dialNext();
    }

    private void dialNext() {
      while (attempts < config.attempts()) {
        Server next = routed.servers().next();
        if (next == null) {
          break;
        }
        boolean again = attempts > 0;
        attempts++;
        progress.dialled(next.name(), again);
        begin(next);
        progress.worker().counts().add(WorkerCount.CONNECT_ATTEMPTS);
        if (again) {
          progress.worker().counts().add(WorkerCount.CONNECT_RETRIES);
        }
        if (dial(next)) {
          return;
        }
      }
      if (attempts == 0) {
        progress.end(CloseReason.NO_BACKEND, "the backend has no server to try");
      } else {
        progress.end(
            timedOut ? CloseReason.CONNECT_TIMEOUT : CloseReason.CONNECT_FAILED, lastFailure);
      }
    }

    private void begin(Server next) {
      server = next;
      ServerTally tally = next.tally(progress.worker());
      tally.opened();
      progress.tellWhenGone(tally);
    }

    /** True when an answer is awaited or has come; false when the next server is due. */
    private boolean dial(Server target) {
      SocketAddress address = target.address();
      TcpStream stream = null;
      try {
        Socket socket =
            address instanceof InetSocketAddress inet
                ? InetSocket.forAddress(inet.getAddress())
                : Socket.newSocketDomain();
        stream = new TcpStream(progress.worker(), socket, Side.BACKEND, address);
        if (address instanceof InetSocketAddress) {
          socket.setTcpNoDelay(true);
        }
        stream.attach(this);
        progress.dialling(stream);
        dialling = stream;
        if (stream.connect(address)) {
          onConnected(stream);
        } else {
          progress.arm(config.timeout(), this::onTimeout);
        }
        return true;
      } catch (IOException | RuntimeException refused) {
        return failed(stream, target.name() + ": " + refused.getMessage());
      }
    }

    private boolean failed(@Nullable TcpStream stream, String why) {
      lastFailure = why;
      timedOut = false;
      Server silent = server;
      if (silent != null) {
        ServerTally tally = silent.tally(progress.worker());
        tally.failed();
        tally.onGone();
        progress.tellWhenGone(null);
        silent.toFailed(System.nanoTime());
        server = null;
      }
      if (stream != null) {
        stream.abort();
      }
      dialling = null;
      return false;
    }

    private void onConnected(TcpStream stream) throws IOException {
      if (!stream.finishConnect()) {
        return;
      }
      introduce(stream);
      progress.disarm();
      dialling = null;
      Server answering = server;
      if (answering != null) {
        answering.toAnswering();
      }
      next.accept(new Connected(routed, client, stream));
    }

    /** Tells the backend who its client is, before anything that the client says. */
    private void introduce(TcpStream stream) throws IOException {
      if (config.proxyProtocol() == ProxyProtocol.OFF) {
        return;
      }
      ProxyHeader header =
          new ProxyHeader(
              progress.clientAddress(),
              progress.clientSocket().socket().localAddress(),
              progress.protection(),
              Long.toHexString(progress.id()));
      byte[] bytes =
          config.proxyProtocol() == ProxyProtocol.V1 ? header.toVersion1() : header.toVersion2();
      Scratch scratch = progress.worker().encrypted();
      scratch.buffer().put(0, bytes);
      if (!stream.write(scratch, 0, bytes.length)) {
        throw new IOException("the server left before its PROXY header");
      }
    }

    private void onTimeout() {
      TcpStream stream = dialling;
      if (stream != null) {
        failed(stream, progress.serverName() + ": no answer within " + config.timeout());
        timedOut = true;
        dialNext();
      }
    }

    @Override
    public void onWritable() {
      TcpStream stream = dialling;
      if (stream == null || progress.isClosed()) {
        return;
      }
      try {
        onConnected(stream);
      } catch (IOException refused) {
        failed(stream, progress.serverName() + ": " + refused.getMessage());
        progress.disarm();
        dialNext();
      }
    }

    @Override
    public void onReadable() {
      // Not read before it is connected.
    }

    @Override
    public void onHangUp() {
      onWritable();
    }

    @Override
    public void onFault(Throwable fault) {
      progress.fault(fault);
    }

    /** The client is not read, but may leave. */
    private final class ClientWhileConnecting implements StreamEvents {
      @Override
      public void onReadable() {
        // Reading is paused: SETUP.
      }

      @Override
      public void onWritable() {
        // The rest of a handshake flight left.
      }

      @Override
      public void onHangUp() {
        progress.end(CloseReason.CLIENT_LEFT, "the client reset while its backend was dialled");
      }

      @Override
      public void onFault(Throwable fault) {
        Attempts.this.onFault(fault);
      }
    }
  }
}
