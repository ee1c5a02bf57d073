package io.terminator.load.loop;

import io.netty.channel.IoEvent;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.Buffer;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.channels.NotYetConnectedException;
import org.jspecify.annotations.Nullable;

/**
 * A non-blocking TCP socket on a {@link Reactor}: one receive per event, direct writes, and the
 * rest of a write is kept until the peer accepts it. The reactor's thread only.
 */
public final class RawSocket implements EpollIoHandle {
  /** {@link #receive}: nothing there now. */
  public static final int NOTHING = 0;

  /** {@link #receive}: the peer sent its FIN. */
  public static final int END = -1;

  // The loop takes an empty interest for a deregistration: one bit always stays.
  private static final EpollIoOps READ = EpollIoOps.EPOLLERR.with(EpollIoOps.EPOLLIN);
  private static final EpollIoOps WRITE = EpollIoOps.EPOLLERR.with(EpollIoOps.EPOLLOUT);
  private static final EpollIoOps BOTH = READ.with(EpollIoOps.EPOLLOUT);
  private static final int OUT = EpollIoOps.EPOLLOUT.value();

  /** Receives the events; each call is one event of the loop. */
  public interface Listener {
    void onReadable() throws IOException;

    /** Connected, or all that was kept has left. */
    void onWritable() throws IOException;

    void onBroken(IOException failure);
  }

  private final Reactor reactor;
  private final Socket socket;
  private @Nullable Listener listener;
  private @Nullable IoRegistration registration;
  private EpollIoOps interest = EpollIoOps.NONE;
  private @Nullable Memory kept;
  private int keptFrom;
  private int keptTo;
  private boolean blocked;
  private boolean connecting;
  private boolean closed;

  public RawSocket(Reactor reactor, Socket socket) {
    this.reactor = reactor;
    this.socket = socket;
  }

  public Socket socket() {
    return socket;
  }

  /** Registers with the loop and, unless {@code connecting}, begins to read. */
  public void open(Listener receiver, boolean connecting) {
    this.listener = receiver;
    this.connecting = connecting;
    registration = reactor.register(this);
    interest = connecting ? WRITE : READ;
    registration.submit(interest);
  }

  /** The number of bytes received, {@link #NOTHING} or {@link #END}. */
  public int receive(Memory target) throws IOException {
    return socket.recvAddress(target.address(), 0, target.capacity());
  }

  /**
   * Sends as much as the kernel accepts; if it is less than {@code length}, the socket is blocked
   * until {@link Listener#onWritable}.
   */
  public int offer(long address, int length) throws IOException {
    if (blocked) {
      throw new IllegalStateException("written to while blocked");
    }
    int sent = socket.sendAddress(address, 0, length);
    if (sent < length) {
      blocked = true;
      want(BOTH);
    }
    return sent;
  }

  /**
   * As {@link #offer}, but keeps a copy of the bytes that the kernel does not accept, and then
   * returns false.
   */
  public boolean write(long address, int length) throws IOException {
    int sent = offer(address, length);
    if (sent == length) {
      return true;
    }
    int rest = length - sent;
    Memory memory = kept;
    if (memory == null || memory.capacity() < rest) {
      memory = new Memory(Math.max(rest, 64 * 1024));
      kept = memory;
    }
    memory.buffer().put(0, Buffer.wrapMemoryAddress(address + sent, rest), 0, rest);
    keptFrom = 0;
    keptTo = rest;
    return false;
  }

  /** Whether the kernel accepted only a part and is not writable yet. */
  public boolean isBlocked() {
    return blocked;
  }

  public void shutdownOutput() {
    try {
      socket.shutdown(false, true);
    } catch (IOException | NotYetConnectedException reset) {
      // The peer has reset: the next read reports it.
    }
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    if (registration != null) {
      registration.cancel();
      registration = null;
    }
    try {
      socket.close();
    } catch (IOException alreadyGone) {
      // The descriptor is released either way (close(2)).
    }
  }

  /** Closes with a reset. */
  public void abort() {
    try {
      socket.setSoLinger(0);
    } catch (IOException alreadyGone) {
      // Then there is no handler left to notify.
    }
    close();
  }

  public boolean isClosed() {
    return closed;
  }

  @Override
  public FileDescriptor fd() {
    return socket;
  }

  @Override
  public void handle(IoRegistration from, IoEvent event) {
    Listener receiver = listener;
    if (closed || receiver == null) {
      return;
    }
    try {
      dispatch(receiver, ((EpollIoEvent) event).ops().value());
    } catch (IOException failure) {
      receiver.onBroken(failure);
    } catch (RuntimeException fault) {
      receiver.onBroken(new IOException("fault of the generator: " + fault, fault));
    }
  }

  private void dispatch(Listener receiver, int ready) throws IOException {
    if (connecting) {
      if (socket.finishConnect()) {
        connecting = false;
        want(READ);
        receiver.onWritable();
      }
      return;
    }
    if ((ready & OUT) != 0 && blocked) {
      flush(receiver);
    }
    if (!closed && (ready & ~OUT) != 0) {
      receiver.onReadable();
    }
  }

  private void flush(Listener receiver) throws IOException {
    Memory memory = kept;
    if (memory != null && keptFrom < keptTo) {
      keptFrom += socket.sendAddress(memory.address(), keptFrom, keptTo);
      if (keptFrom < keptTo) {
        return;
      }
    }
    blocked = false;
    want(READ);
    receiver.onWritable();
  }

  private void want(EpollIoOps wanted) {
    IoRegistration current = registration;
    if (current != null && wanted.value() != interest.value()) {
      interest = wanted;
      current.submit(wanted);
    }
  }
}
