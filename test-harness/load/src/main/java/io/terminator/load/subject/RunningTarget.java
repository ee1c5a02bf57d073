package io.terminator.load.subject;

import io.terminator.load.measure.ProcessTree;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A target that was started; {@link #close} ends it with all its processes. */
public final class RunningTarget implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(60);
  private static final Duration STOP = Duration.ofSeconds(5);

  private final Target target;
  private final Setup setup;
  private final Process process;
  private final long spawned;

  private RunningTarget(Target target, Setup setup, Process process, long spawned) {
    this.target = target;
    this.setup = setup;
    this.process = process;
    this.spawned = spawned;
  }

  /** Starts {@code target} on free ports and does not wait for it. */
  public static RunningTarget spawn(
      Target target,
      Path directory,
      Certificates certificates,
      int backendPort,
      Setup.Kind kind,
      int workers,
      Cores cores)
      throws IOException {
    Files.createDirectories(directory);
    List<Integer> ports = freePorts(3);
    Setup setup =
        new Setup(
            directory,
            certificates,
            backendPort,
            kind,
            workers,
            ports.get(0),
            ports.get(1),
            ports.get(2));
    if (target.program().isEmpty()) {
      throw new IOException(target.name() + " is not installed");
    }
    List<String> command = Cores.pinned(cores.target(workers), target.prepare(setup));
    ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
    builder.environment().putAll(target.environment());
    builder.redirectErrorStream(true).redirectOutput(directory.resolve("output").toFile());
    long spawned = System.nanoTime();
    return new RunningTarget(target, setup, builder.start(), spawned);
  }

  public Target target() {
    return target;
  }

  public Setup setup() {
    return setup;
  }

  /** {@link System#nanoTime} immediately before the start of the process. */
  public long spawned() {
    return spawned;
  }

  public ProcessTree tree() {
    return new ProcessTree(process.pid());
  }

  /** Waits until connections are accepted; the error quotes the target's output. */
  public RunningTarget awaitOpen() throws IOException {
    try {
      awaitOpen(process, setup.firstPort(), spawned + START.toNanos());
      return this;
    } catch (IOException closed) {
      String said = said();
      close();
      throw new IOException(target.name() + " does not serve: " + said, closed);
    }
  }

  /**
   * Waits until {@code process} accepts connections; fails if it has ended, or at {@code end} by
   * {@link System#nanoTime}.
   */
  static void awaitOpen(Process process, int port, long end) throws IOException {
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    while (true) {
      try (Socket socket = new Socket()) {
        socket.connect(address, 1000);
        return;
      } catch (IOException notYet) {
        if (!process.isAlive() || System.nanoTime() - end > 0) {
          throw notYet;
        }
        pause();
      }
    }
  }

  /** Fails if the process has ended; cheap enough to be called between attempts. */
  public void checkAlive() throws IOException {
    if (!process.isAlive()) {
      throw new IOException(target.name() + " ended: " + said());
    }
  }

  private String said() throws IOException {
    List<String> lines = new ArrayList<>();
    try (var output = Files.lines(setup.directory().resolve("output"))) {
      output.forEach(lines::add);
    }
    return String.join(" | ", lines.subList(Math.max(0, lines.size() - 5), lines.size()));
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(2);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", interrupted);
    }
  }

  @Override
  public void close() {
    List<ProcessHandle> descendants = process.descendants().toList();
    process.destroy();
    try {
      if (!process.waitFor(STOP.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException interrupted) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    descendants.forEach(ProcessHandle::destroyForcibly);
  }

  static List<Integer> freePorts(int count) throws IOException {
    List<ServerSocket> held = new ArrayList<>();
    List<Integer> ports = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        held.add(socket);
        ports.add(socket.getLocalPort());
      }
    } finally {
      for (ServerSocket socket : held) {
        socket.close();
      }
    }
    return ports;
  }
}
