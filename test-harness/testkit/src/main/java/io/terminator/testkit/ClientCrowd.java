package io.terminator.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Thousands of clients on one selector thread. Each connects, sends its bytes, and then only
 * observes: received bytes are counted and discarded, and the end is recorded. Any thread may query
 * it.
 */
public final class ClientCrowd implements AutoCloseable {

  // More pending connects than a listener's backlog would only measure the kernel's retries.
  private static final int CONNECTING_AT_ONCE = 128;

  /** State of the crowd so far. Durations count from a client's connection to its end. */
  public record Report(
      int connected,
      int refused,
      int open,
      int closedByFin,
      int closedByReset,
      long bytesReceived,
      List<Duration> lifetimes) {

    /** Clients that the server has dismissed. */
    public int closed() {
      return closedByFin + closedByReset;
    }
  }

  /** The next step of a client, or what it has observed. */
  private static final class Client {
    final ByteBuffer unsent;
    long connectedAt;

    Client(byte[] bytes) {
      this.unsent = ByteBuffer.wrap(bytes);
    }
  }

  private final InetSocketAddress address;
  private final int count;
  private final IntFunction<byte[]> script;
  private final List<InetAddress> sources;
  private final Selector selector;
  private final Thread thread;
  private final Object monitor = new Object();
  private final List<Duration> lifetimes = new ArrayList<>();
  private int opened;
  private int connecting;
  private int connected;
  private int refused;
  private int closedByFin;
  private int closedByReset;
  private long bytesReceived;
  private @Nullable IOException failure;
  private volatile boolean closed;

  private ClientCrowd(
      InetSocketAddress address,
      int count,
      IntFunction<byte[]> script,
      List<InetAddress> sources,
      Selector selector) {
    this.address = address;
    this.count = count;
    this.script = script;
    this.sources = List.copyOf(sources);
    this.selector = selector;
    this.thread = new Thread(this::run, "client-crowd");
    thread.setDaemon(true);
  }

  /** Opens {@code count} clients that all send {@code bytes}. */
  public static ClientCrowd open(InetSocketAddress address, int count, byte[] bytes) {
    return open(address, count, number -> bytes, List.of());
  }

  /**
   * Opens {@code count} clients. Number n sends {@code script.apply(n)} from {@code sources[n %
   * size]}, or from an address that the system chooses if there are no sources.
   */
  public static ClientCrowd open(
      InetSocketAddress address, int count, IntFunction<byte[]> script, List<InetAddress> sources) {
    try {
      ClientCrowd crowd = new ClientCrowd(address, count, script, sources, Selector.open());
      crowd.thread.start();
      return crowd;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot open a selector", e);
    }
  }

  public Report report() {
    synchronized (monitor) {
      return new Report(
          connected,
          refused,
          connected - closedByFin - closedByReset,
          closedByFin,
          closedByReset,
          bytesReceived,
          List.copyOf(lifetimes));
    }
  }

  /** Waits until every client is connected or refused. */
  public Report awaitSettled(Duration longest) {
    return await(
        "all " + count + " connected or refused",
        report -> report.connected() + report.refused() == count,
        longest);
  }

  /** Waits until the server has closed the connections of {@code expected} clients. */
  public Report awaitClosed(int expected, Duration longest) {
    return await(expected + " closed", report -> report.closed() >= expected, longest);
  }

  /** Waits until {@code condition} is true; otherwise fails with the report. */
  public Report await(String expectation, Predicate<Report> condition, Duration longest) {
    long deadline = System.nanoTime() + longest.toNanos();
    synchronized (monitor) {
      while (true) {
        Report report = report();
        if (condition.test(report)) {
          return report;
        }
        if (failure != null) {
          throw new AssertionError("the crowd failed: " + report, failure);
        }
        long left = (deadline - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
          throw new AssertionError(
              "waited " + longest.toSeconds() + " s for " + expectation + ": " + report);
        }
        try {
          monitor.wait(left);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new IllegalStateException("interrupted while waiting for " + expectation, e);
        }
      }
    }
  }

  /** Closes every client that is still open. */
  @Override
  public void close() {
    closed = true;
    selector.wakeup();
    try {
      thread.join(SocketPeer.PATIENCE.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try (selector) {
      while (!closed) {
        openMore();
        selector.select(this::turn);
      }
      for (SelectionKey key : selector.keys()) {
        key.channel().close();
      }
    } catch (IOException e) {
      // For example too many open files: threads that wait for the crowd must be notified.
      changed(() -> failure = e);
    }
  }

  private void openMore() throws IOException {
    while (opened < count && connecting < CONNECTING_AT_ONCE) {
      int number = opened++;
      SocketChannel channel = SocketChannel.open();
      channel.configureBlocking(false);
      if (!sources.isEmpty()) {
        channel.bind(new InetSocketAddress(sources.get(number % sources.size()), 0));
      }
      Client client = new Client(script.apply(number));
      SelectionKey key = channel.register(selector, SelectionKey.OP_CONNECT, client);
      connecting++;
      try {
        if (channel.connect(address)) {
          onConnected(key, client);
        }
      } catch (IOException e) {
        onRefused(channel);
      }
    }
  }

  private void turn(SelectionKey key) {
    SocketChannel channel = (SocketChannel) key.channel();
    Client client = (Client) key.attachment();
    if (client.connectedAt == 0) {
      try {
        channel.finishConnect();
        onConnected(key, client);
      } catch (IOException e) {
        onRefused(channel);
      }
      return;
    }
    try {
      if (key.isWritable()) {
        write(key, client);
      }
      if (key.isReadable() && read(channel)) {
        onEnded(channel, client, false);
      }
    } catch (IOException e) {
      onEnded(channel, client, true);
    }
  }

  private void write(SelectionKey key, Client client) throws IOException {
    ((SocketChannel) key.channel()).write(client.unsent);
    key.interestOps(
        client.unsent.hasRemaining()
            ? SelectionKey.OP_READ | SelectionKey.OP_WRITE
            : SelectionKey.OP_READ);
  }

  /** True at the end of the stream. */
  private boolean read(SocketChannel channel) throws IOException {
    int length = channel.read(ByteBuffer.allocate(1 << 14));
    changed(() -> bytesReceived += Math.max(0, length));
    return length < 0;
  }

  private void onConnected(SelectionKey key, Client client) {
    connecting--;
    client.connectedAt = System.nanoTime();
    key.interestOps(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
    changed(() -> connected++);
  }

  private void onRefused(SocketChannel channel) {
    connecting--;
    closeQuietly(channel);
    changed(() -> refused++);
  }

  private void onEnded(SocketChannel channel, Client client, boolean byReset) {
    closeQuietly(channel);
    Duration lifetime = Duration.ofNanos(System.nanoTime() - client.connectedAt);
    changed(
        () -> {
          lifetimes.add(lifetime);
          if (byReset) {
            closedByReset++;
          } else {
            closedByFin++;
          }
        });
  }

  private void changed(Runnable change) {
    synchronized (monitor) {
      change.run();
      monitor.notifyAll();
    }
  }

  private static void closeQuietly(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException alreadyBroken) {
      // Its outcome is counted; there is nothing left to close.
    }
  }
}
