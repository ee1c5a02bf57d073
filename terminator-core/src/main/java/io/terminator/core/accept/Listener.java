package io.terminator.core.accept;

import io.netty.channel.IoEvent;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Errors;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.NativeInetAddress;
import io.netty.channel.unix.Socket;
import io.terminator.core.accept.TrustedProxyConfig.Others;
import io.terminator.core.chain.Side;
import io.terminator.core.chain.SocketFailure;
import io.terminator.core.chain.TcpStream;
import io.terminator.core.flow.Connection;
import io.terminator.core.flow.LiveConnections;
import io.terminator.core.flow.Slot;
import io.terminator.core.observe.ListenerCounters;
import io.terminator.core.observe.WorkerCount;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.phase.Phase;
import io.terminator.core.setting.Endpoint;
import io.terminator.core.worker.Worker;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One listening socket on one worker. Accepts in batches, and pauses instead of spinning when
 * descriptors run out. Worker thread only, except {@link #replaceIntake}.
 */
public final class Listener implements EpollIoHandle {
  // Large enough to empty the queue of a burst quickly, small enough not to delay established
  // connections.
  private static final int BATCH = 4;
  private static final long BACK_OFF_MILLIS = 100;
  private static final Duration QUIET = Duration.ofSeconds(1);

  private final Worker worker;
  private final LiveConnections live;
  private final Socket socket;
  private final ListenerConfig config;
  private final Admission admission;
  private final ListenerCounters counters;
  private final boolean unix;
  private final SocketAddress localPeer;
  // The sockaddr as the native accept lays it out: its length, then up to 24 bytes.
  private final byte[] peer = new byte[26];
  private volatile Intake intake;
  private @Nullable IoRegistration registration;
  private boolean backingOff;
  private int batch = 1;
  private long lastTurn;

  /**
   * {@code socket} is bound and listens. This object owns it until {@link #handOver} or {@link
   * #close}.
   */
  public Listener(
      Worker worker,
      LiveConnections live,
      Socket socket,
      ListenerConfig config,
      Admission admission,
      Intake intake) {
    this.worker = worker;
    this.live = live;
    this.socket = socket;
    this.config = config;
    this.admission = admission;
    this.intake = intake;
    this.counters = worker.listenerCounters(config.name());
    this.unix =
        config.bind() instanceof Endpoint.Unix
            || config.bind() instanceof Endpoint.Inherited && InheritedSockets.isUnix(socket);
    this.localPeer = new DomainSocketAddress("");
  }

  /** Starts accepting. */
  public void open() {
    registration = worker.register(this);
    registration.submit(EpollIoOps.EPOLLIN);
  }

  /**
   * Sends new connections to {@code next}; existing connections stay where they are. Any thread.
   */
  public void replaceIntake(Intake next) {
    intake = next;
  }

  public ListenerConfig config() {
    return config;
  }

  public Intake intake() {
    return intake;
  }

  /**
   * Stops accepting without closing: the socket can be opened on another worker, with all
   * connections in its queue.
   */
  public Socket handOver() {
    if (registration != null) {
      registration.cancel();
      registration = null;
    }
    return socket;
  }

  /**
   * Closes the socket after accepting all connections in the kernel's queue, because closing would
   * reset them.
   */
  @Override
  public void close() {
    if (registration != null) {
      for (int i = 0; i < config.backlog() && acceptOne(); i++) {
        // Each accepted connection now proceeds independently.
      }
    }
    close(handOver());
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException alreadyGone) {
      // close(2) releases the descriptor even if it fails.
    }
  }

  @Override
  public FileDescriptor fd() {
    return socket;
  }

  @Override
  public void handle(IoRegistration from, IoEvent event) {
    // An accept that finds the queue empty costs a call: more than one only if clients were still
    // waiting in the turn after the last one.
    long turn = worker.turns().number();
    batch = turn == lastTurn + 1 ? Math.min(2 * batch, BATCH) : 1;
    lastTurn = turn;
    try {
      for (int i = 0; i < batch && registration != null; i++) {
        if (!acceptOne()) {
          batch = 1;
          return;
        }
      }
    } catch (Throwable fault) {
      // Netty's loop would sleep for one second on an exception, and delay every connection of this
      // worker.
      worker.faults().report(0, Phase.ACCEPT, fault);
    }
  }

  private boolean acceptOne() {
    int descriptor;
    try {
      descriptor = socket.accept(peer);
    } catch (Errors.NativeIoException failure) {
      return onAcceptFailure(failure);
    } catch (IOException closed) {
      return false;
    }
    if (descriptor < 0) {
      return false;
    }
    Intake to = intake;
    Accepted accepted;
    try {
      accepted = admit(descriptor, to);
    } catch (Throwable fault) {
      // For example, the heap is exhausted: without this the descriptor would leak as well.
      close(new Socket(descriptor));
      throw fault;
    }
    if (accepted == null) {
      return true;
    }
    accepted.connection().attempt(() -> to.accept(accepted));
    return true;
  }

  /** Null if the connection was refused. */
  private @Nullable Accepted admit(int descriptor, Intake to) {
    SocketAddress address = peerAddress();
    TrustedProxyConfig trustedProxies = config.trustedProxies();
    boolean proxied = trustedProxies != null && trustedProxies.trusts(address);
    if (trustedProxies != null && !proxied && trustedProxies.others() == Others.REFUSE) {
      refuse(descriptor, CloseReason.DENIED);
      return null;
    }
    long now = System.nanoTime();
    Admission.Result result =
        proxied
            ? admission.checkProxy(config.admission(), address, now)
            : admission.check(config.admission(), address, now);
    CloseReason refusal = result.reason();
    if (refusal != null) {
      refuse(descriptor, refusal);
      return null;
    }
    Slot slot = result.slot();
    Connection connection;
    try {
      TcpStream client = new TcpStream(worker, new Socket(descriptor), Side.CLIENT, address);
      connection = new Connection(live.nextId(), counters, client, to);
    } catch (Throwable fault) {
      slot.release();
      throw fault;
    }
    connection.admitted(slot);
    live.add(connection);
    return new Accepted(
        connection,
        trustedProxies != null && proxied
            ? new ProxyHeaderReader(connection, trustedProxies.timeout(), this::checkProxiedClient)
            : null);
  }

  private Admission.Result checkProxiedClient(InetSocketAddress client, Slot slot) {
    return admission.checkProxiedClient(
        config.admission(), client.getAddress(), slot, System.nanoTime());
  }

  /** A reset and a counter: no object, no log line, no kernel state that waits for the client. */
  private void refuse(int descriptor, CloseReason reason) {
    Socket client = new Socket(descriptor);
    try {
      client.setSoLinger(0);
    } catch (IOException unixSocket) {
      // A unix socket has no reset; it can only be closed.
    }
    close(client);
    counters.opened();
    counters.closed();
    worker.counts().add(WorkerCount.CONNECTIONS_TOTAL);
    worker.traffic(config.name()).closes().add(reason);
  }

  private SocketAddress peerAddress() {
    // The native accept lays out every address as an IP address, so a unix client would appear to
    // come from an arbitrary address.
    return unix ? localPeer : NativeInetAddress.address(peer, 1, peer[0]);
  }

  /**
   * Whether to continue accepting: yes if the client left while it was queued, no if a resource is
   * exhausted.
   */
  private boolean onAcceptFailure(Errors.NativeIoException failure) {
    worker.counters().of(AcceptCount.class).add(AcceptCount.FAILURES);
    if (failure.expectedErr() == Errors.ERRNO_ECONNRESET_NEGATIVE
        || failure.expectedErr() == ECONNABORTED_NEGATIVE) {
      return true;
    }
    worker
        .diagnostics()
        .error(
            "accept " + config.name(),
            QUIET,
            () ->
                "phase=accept listener="
                    + config.name()
                    + ": no connection can be accepted ("
                    + SocketFailure.words(failure)
                    + "). Expected free descriptors; raise the limit (ulimit -n, LimitNOFILE) or lower limits.connections");
    backOff();
    return false;
  }

  /** The queued client keeps the socket readable, so the worker would spin without this pause. */
  private void backOff() {
    IoRegistration current = registration;
    if (current == null || backingOff) {
      return;
    }
    backingOff = true;
    current.submit(EpollIoOps.EPOLLERR);
    worker.schedule(
        () -> {
          backingOff = false;
          IoRegistration later = registration;
          if (later != null) {
            later.submit(EpollIoOps.EPOLLIN);
          }
        },
        BACK_OFF_MILLIS,
        TimeUnit.MILLISECONDS);
  }

  // From errno.h; Netty has no constant for it.
  private static final int ECONNABORTED_NEGATIVE = -103;
}
