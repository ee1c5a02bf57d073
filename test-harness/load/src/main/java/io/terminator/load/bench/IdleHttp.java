package io.terminator.load.bench;

import io.terminator.load.subject.HttpBackend;
import io.terminator.load.subject.RunningTarget;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * Idle HTTP/2 connections after one request each: {@code h2load} has a second request for every
 * client, due long after the measurement.
 */
record IdleHttp(Process load, Path script, int port, long before, int count)
    implements MemoryPhase.Idle {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration POLL = Duration.ofMillis(100);
  private static final String ESTABLISHED = "01";

  static MemoryPhase.Idle open(Bed bed, RunningTarget running, int count) throws IOException {
    int port = running.setup().ecdsaPort();
    long before = established(port);
    Path script = Files.createTempFile("terminator-bench", ".requests");
    String url = Bed.url(running, HttpBackend.SMALL);
    Files.writeString(script, "0.0\t" + url + "\n600000.0\t" + url + "\n");
    Process load =
        bed.h2load()
            .start(
                List.of(
                    "--timing-script-file=" + script,
                    "-n",
                    String.valueOf(2 * count),
                    "-c",
                    String.valueOf(count)),
                url);
    IdleHttp idle = new IdleHttp(load, script, port, before, count);
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!idle.isWhole()) {
      if (!load.isAlive() || System.nanoTime() > end) {
        idle.close();
        throw new IOException("h2load does not open " + count + " connections");
      }
      Measured.settle(POLL);
    }
    return idle;
  }

  /** Counts the established connections of the server's side in the kernel's table. */
  private static long established(int port) throws IOException {
    String local = String.format(Locale.ROOT, ":%04X", port);
    try (var lines = Files.lines(Path.of("/proc/net/tcp"))) {
      return lines
          .map(line -> line.strip().split(" +"))
          .filter(cells -> cells[1].endsWith(local) && cells[3].equals(ESTABLISHED))
          .count();
    }
  }

  @Override
  public boolean isWhole() throws IOException {
    return established(port) >= before + count;
  }

  @Override
  public void close() {
    load.destroy();
    try {
      load.waitFor();
      Files.deleteIfExists(script);
      // The next count is right only when the target has closed these connections.
      long end = System.nanoTime() + PATIENCE.toNanos();
      while (established(port) > before && System.nanoTime() < end) {
        Measured.settle(POLL);
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    } catch (IOException leftToTheSystem) {
      // A temporary file, or no table.
    }
  }
}
