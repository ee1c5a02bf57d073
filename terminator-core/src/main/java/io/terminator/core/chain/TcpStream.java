package io.terminator.core.chain;

import io.netty.channel.ChannelException;
import io.netty.channel.IoEvent;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.Errors;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import io.terminator.core.frame.FrameQueue;
import io.terminator.core.frame.Scratch;
import io.terminator.core.observe.WorkerCount;
import io.terminator.core.throttle.ReadGate;
import io.terminator.core.worker.TrafficCounters;
import io.terminator.core.worker.Turns;
import io.terminator.core.worker.Worker;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.NotYetConnectedException;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A TCP or unix stream socket on one worker. Writes directly or into outbound frames; distinguishes
 * clean ends from resets. Edge-triggered: the socket enters the loop with one call, and this object
 * remembers that input is waiting, so that pausing and resuming cost no call. Owns the descriptor
 * until {@link #close} or {@link #abort}. Over 500 lines, because reading, writing and ending share
 * the state of one socket.
 */
public final class TcpStream implements ByteStream, ReadGate.Tap, Turns.Step, EpollIoHandle {
  private static final int IN = EpollIoOps.EPOLLIN.value();
  private static final int PRI = 0x2;
  private static final int OUT = EpollIoOps.EPOLLOUT.value();
  private static final int ERR = EpollIoOps.EPOLLERR.value();
  private static final int HUP = 0x10;
  private static final int RDHUP = EpollIoOps.EPOLLRDHUP.value();
  private static final int INPUT = IN | PRI | RDHUP | ERR | HUP;

  private static final EpollIoOps READ =
      EpollIoOps.valueOf(IN | PRI | RDHUP | ERR | EpollIoOps.EPOLLET.value());
  // Once a write was blocked, the interest stays: an edge follows only a blocked write.
  private static final EpollIoOps BOTH = READ.with(EpollIoOps.EPOLLOUT);

  private static final int TCP = 6;
  private static final int TCP_INFO = 11;
  // struct tcp_info in linux/tcp.h, stable since 4.6.
  private static final int INFO_STATE = 0;
  private static final int INFO_UNACKED = 24;
  private static final int INFO_NOTSENT = 144;
  private static final int INFO_SIZE = 148;
  private static final byte ESTABLISHED = 1;

  private final Worker worker;
  private final Socket socket;
  private final Side side;
  private final boolean unix;
  private SocketAddress peer;
  private boolean proxied;
  private @Nullable SocketAddress destination;
  private final ReadGate gate;
  private TrafficCounters traffic;
  private @Nullable StreamEvents events;

  /** Output that the kernel did not take; null until a write is blocked, as most never are. */
  private @Nullable FrameQueue outbound;

  private byte @Nullable [] unread;
  private @Nullable IoRegistration registration;
  private long registeredIn;
  private boolean watchesOutput;
  private boolean reading;

  /** Whether input may be waiting. Edge-triggered: no event repeats this. */
  private boolean readable;

  /** Whether a receive that did not fill its buffer may have left input: an end, urgent data. */
  private boolean shortReadProvesNothing;

  private boolean connecting;
  private boolean connected;
  private int hangUp;
  private boolean hungUp;
  private boolean queued;
  private boolean finishAsked;
  private boolean finished;
  private boolean broken;
  private boolean reset;
  private boolean leftInOrder;
  private boolean ended;
  private boolean closed;

  /**
   * {@code socket} is non-blocking and now owned by this object; {@code peer} is the remote
   * address.
   */
  public TcpStream(Worker worker, Socket socket, Side side, SocketAddress peer) {
    this.worker = worker;
    this.socket = socket;
    this.side = side;
    this.unix = !(peer instanceof InetSocketAddress);
    // A unix socket ends a receive at a message with credentials or descriptors as well.
    this.shortReadProvesNothing = unix;
    this.peer = peer;
    this.traffic = worker.unattributedTraffic();
    this.gate = new ReadGate(this, traffic.pauses(), traffic.resumes());
  }

  /** Counts this stream's bytes and pauses under {@code counted} from now on. */
  public void countIn(TrafficCounters counted) {
    if (traffic != counted) {
      traffic = counted;
      gate.countIn(counted.pauses(), counted.resumes());
    }
  }

  @Override
  public void attach(StreamEvents receiver) {
    events = receiver;
  }

  /**
   * Starts a connect. {@link StreamEvents#onWritable} follows when the peer has answered; {@link
   * #finishConnect} then returns the result. Returns true if the connection is already established,
   * in which case no event follows.
   */
  public boolean connect(SocketAddress address) throws IOException {
    // Over loopback the peer has answered by the time connect returns EINPROGRESS: asking costs one
    // call and saves a turn of the loop.
    if (socket.connect(address)
        || (address instanceof InetSocketAddress inet
            && inet.getAddress().isLoopbackAddress()
            && isEstablished())) {
      return true;
    }
    connecting = true;
    watch(true);
    return false;
  }

  /**
   * True once connected, false if the event came too early; throws an exception with the cause if
   * the connect failed.
   */
  public boolean finishConnect() throws IOException {
    if (connecting) {
      if (!connected && !socket.finishConnect()) {
        return false;
      }
      connecting = false;
    }
    return true;
  }

  @Override
  public int read(Scratch target, int at, int most) {
    int limit = Math.min(target.capacity() - at, Math.min(most, Worker.RECEIVE_SIZE));
    if (unread != null) {
      return receiveUnread(target, at, limit);
    }
    if (ended) {
      return reset ? RESET : END;
    }
    int received;
    try {
      received = socket.recvAddress(target.address(), at, at + limit);
    } catch (IOException failure) {
      ended = true;
      readable = false;
      broken = true;
      reset = true;
      return RESET;
    }
    if (received > 0) {
      // More input brings a new edge, so the call that would return nothing is saved.
      if (received < limit && !shortReadProvesNothing) {
        readable = false;
      }
      traffic.bytes().add(side.received, received);
      return received;
    }
    readable = false;
    if (received < 0) {
      ended = true;
      // A failed write has consumed the socket's error, so the end that follows may not be clean.
      return reset ? RESET : END;
    }
    return WOULD_BLOCK;
  }

  private int receiveUnread(Scratch target, int at, int limit) {
    byte[] first = Objects.requireNonNull(unread);
    int length = Math.min(first.length, limit);
    target.buffer().put(at, first, 0, length);
    unread = length == first.length ? null : Arrays.copyOfRange(first, length, first.length);
    return length;
  }

  /**
   * Keeps the bytes received together with a header, {@code bytes[from, to)}; {@link #read} returns
   * them first.
   */
  public void unread(ByteBuffer bytes, int from, int to) {
    byte[] rest = new byte[to - from];
    bytes.get(from, rest);
    unread = rest;
  }

  /**
   * The peer is a proxy whose PROXY header was accepted. Sets {@code client}, if the header names
   * one, as the peer; it connected to {@code destination}, if known.
   */
  public void speakFor(@Nullable SocketAddress client, @Nullable SocketAddress destination) {
    proxied = true;
    if (client != null) {
      peer = client;
      this.destination = destination;
    }
  }

  /** Whether a PROXY header was accepted, with or without a client's address. */
  public boolean isProxied() {
    return proxied;
  }

  @Override
  public boolean hasBufferedInput() {
    return unread != null;
  }

  @Override
  public boolean write(Scratch source, int from, int to) {
    if (broken || finishAsked) {
      return false;
    }
    int at = from;
    if (!hasOutput()) {
      try {
        at += socket.sendAddress(source.address(), from, to);
      } catch (IOException gone) {
        return breakOutput(gone);
      }
      traffic.bytes().add(side.sent, at - from);
    }
    if (at == to) {
      worker.counts().add(WorkerCount.DIRECT_WRITES);
      return true;
    }
    worker.counts().add(WorkerCount.DEFERRED_WRITES);
    FrameQueue queue = outbound;
    if (queue == null) {
      queue = new FrameQueue(worker.frames());
      outbound = queue;
    }
    long before = queue.bytes();
    boolean taken = queue.append(source.buffer(), at, to);
    worker.addGauge(side.outbound, side.outboundHighWatermark, queue.bytes() - before);
    watch(true);
    if (!taken) {
      breakOutput();
    }
    return taken;
  }

  @Override
  public long pendingOutput() {
    FrameQueue queue = outbound;
    return queue == null ? 0 : queue.bytes();
  }

  private boolean hasOutput() {
    FrameQueue queue = outbound;
    return queue != null && !queue.isEmpty();
  }

  @Override
  public void finishOutput(boolean closing) {
    finishAsked = true;
    if (!hasOutput()) {
      if (closing) {
        finished = true;
      } else {
        shutdownOutput();
      }
    }
  }

  @Override
  public boolean isOutputFinished() {
    return finished;
  }

  @Override
  public boolean isBroken() {
    return broken;
  }

  @Override
  public boolean isPeerGoneInOrder() {
    return leftInOrder;
  }

  @Override
  public boolean isSettled() {
    return broken || (!hasOutput() && !hasUnacknowledged());
  }

  /**
   * True while the peer has not acknowledged all bytes passed to the kernel; a reset now would
   * destroy them.
   */
  private boolean hasUnacknowledged() {
    ByteBuffer info = tcpInfo();
    return info != null && (info.getInt(INFO_UNACKED) != 0 || info.getInt(INFO_NOTSENT) != 0);
  }

  @Override
  public TcpStream tcp() {
    return this;
  }

  @Override
  public ReadGate gate() {
    return gate;
  }

  @Override
  public Worker worker() {
    return worker;
  }

  public SocketAddress peerAddress() {
    return peer;
  }

  /**
   * The address that the peer connected to: the local address (one system call), or the one named
   * by the proxy.
   */
  public SocketAddress localAddress() {
    SocketAddress known = destination;
    if (known == null) {
      known = worker.shared(socket.localAddress());
      destination = known;
    }
    return known;
  }

  /** As {@link #localAddress} if that was asked before or a proxy named it, else null. */
  public @Nullable SocketAddress knownLocalAddress() {
    return destination;
  }

  public Socket socket() {
    return socket;
  }

  public boolean isClosed() {
    return closed;
  }

  @Override
  public void pauseReading() {
    reading = false;
  }

  @Override
  public void resumeReading() {
    reading = true;
    if (readable) {
      readNextTurn();
    } else {
      watch(false);
    }
  }

  @Override
  public void release() {
    // The only memory that the socket itself holds outside the heap is its frames, which close and
    // abort give back.
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    // The descriptor may soon belong to another connection, so no later call may reach it.
    ended = true;
    reset = true;
    unread = null;
    gate.end();
    breakOutput();
    try {
      socket.close();
    } catch (IOException alreadyGone) {
      // close(2) releases the descriptor even if it fails.
    }
    // After the close, which removes the descriptor from epoll: before the close this would cost
    // one more call.
    if (registration != null) {
      registration.cancel();
      registration = null;
    }
  }

  @Override
  public void abort() {
    if (!closed) {
      resetOnClose();
      close();
    }
  }

  @Override
  public void resetOnClose() {
    if (closed) {
      return;
    }
    try {
      socket.setSoLinger(0);
    } catch (IOException alreadyGone) {
      // No receiver is left to be told.
    }
  }

  @Override
  public FileDescriptor fd() {
    return socket;
  }

  @Override
  public void handle(IoRegistration from, IoEvent event) {
    StreamEvents receiver = events;
    // An event of the turn in which the socket was registered is of a closed one with the same
    // descriptor.
    if (closed || receiver == null || registeredIn == worker.turns().number()) {
      return;
    }
    try {
      dispatch(receiver, ((EpollIoEvent) event).ops().value());
    } catch (Throwable fault) {
      // Netty's loop would sleep for one second on an exception: a fault of one connection must not
      // delay the others.
      receiver.onFault(fault);
    }
  }

  private void dispatch(StreamEvents receiver, int ready) {
    readable |= (ready & INPUT) != 0;
    shortReadProvesNothing |= (ready & (PRI | RDHUP | ERR | HUP)) != 0;
    hangUp |= ready & (ERR | HUP);
    if (connecting) {
      connected = (ready & (OUT | ERR | HUP)) == OUT;
      receiver.onWritable();
      return;
    }
    // Write before reading.
    FrameQueue queue = outbound;
    if ((ready & OUT) != 0 && queue != null && !queue.isEmpty()) {
      flush(queue);
      receiver.onWritable();
    }
    // One receive per turn, so that no connection monopolizes the worker.
    if (!closed && !queued) {
      toReader(receiver);
    }
  }

  private void toReader(StreamEvents receiver) {
    if (reading && readable) {
      receiver.onReadable();
    }
    if (closed) {
      return;
    }
    if (!reading) {
      toHungUp();
    } else if (readable) {
      readNextTurn();
    }
  }

  private void flush(FrameQueue queue) {
    try {
      long sent;
      do {
        sent = worker.gathering().write(socket, queue);
        queue.consume(sent);
        worker.counts().add(side.outbound, -sent);
        traffic.bytes().add(side.sent, sent);
        // Until the kernel refuses bytes: only a refusal brings the next edge.
      } while (!queue.isEmpty() && sent == worker.gathering().offered());
    } catch (IOException gone) {
      breakOutput(gone);
      return;
    }
    if (queue.isEmpty() && finishAsked) {
      shutdownOutput();
    }
  }

  /**
   * Linux returns EPIPE if the peer's FIN arrived before its reset (tcp_reset: CLOSE_WAIT),
   * otherwise ECONNRESET. Only the latter means that the end of the input is not clean.
   */
  private boolean breakOutput(IOException cause) {
    boolean pipe =
        cause instanceof Errors.NativeIoException failure
            && failure.expectedErr() == Errors.ERRNO_EPIPE_NEGATIVE;
    reset |= !pipe;
    leftInOrder = unix && pipe;
    breakOutput();
    return false;
  }

  private void breakOutput() {
    broken = true;
    dropOutbound();
  }

  private void dropOutbound() {
    FrameQueue queue = outbound;
    if (queue != null) {
      worker.counts().add(side.outbound, -queue.bytes());
      queue.clear();
    }
  }

  private void shutdownOutput() {
    if (finished) {
      return;
    }
    finished = true;
    try {
      socket.shutdown(false, true);
    } catch (IOException | NotYetConnectedException reset) {
      broken = true;
    }
  }

  /** With reading paused. The bytes that the peer sent before are read once it is resumed. */
  private void toHungUp() {
    StreamEvents receiver = events;
    if (hangUp == 0 || hungUp || receiver == null) {
      return;
    }
    hungUp = true;
    if (hasOutput()) {
      breakOutput();
    }
    // Without an error this means that both FINs were sent and received; the bytes before the
    // peer's FIN are still to be read.
    if ((hangUp & ERR) != 0 || broken) {
      receiver.onHangUp();
    }
  }

  private void readNextTurn() {
    if (!queued) {
      queued = true;
      worker.turns().next(this);
    }
  }

  @Override
  public void onTurn() {
    queued = false;
    StreamEvents receiver = events;
    if (closed || receiver == null) {
      return;
    }
    try {
      toReader(receiver);
    } catch (Throwable fault) {
      receiver.onFault(fault);
    }
  }

  /**
   * Enters the loop, which then reports input, and output too from the first blocked write on. What
   * is ready already is reported as an edge.
   */
  private void watch(boolean output) {
    if (closed || hungUp) {
      return;
    }
    IoRegistration current = registration;
    if (current == null) {
      current = worker.register(this);
      registration = current;
      registeredIn = worker.turns().number();
    } else if (!output || watchesOutput) {
      return;
    }
    watchesOutput = output;
    current.submit(output ? BOTH : READ);
  }

  @Override
  public boolean hasPeerLeft() {
    ByteBuffer info = tcpInfo();
    return closed || info != null && info.get(INFO_STATE) != ESTABLISHED;
  }

  private boolean isEstablished() {
    ByteBuffer info = tcpInfo();
    return info != null && info.get(INFO_STATE) == ESTABLISHED;
  }

  private @Nullable ByteBuffer tcpInfo() {
    if (closed) {
      return null;
    }
    ByteBuffer info = worker.socketOption().clear().limit(INFO_SIZE);
    try {
      socket.getRawOpt(TCP, TCP_INFO, info);
    } catch (IOException | ChannelException notTcp) {
      return null;
    }
    info.clear();
    return info;
  }
}
