package io.terminator.load.generator;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Priorities of threads, which Linux supports and Java does not. */
final class Niceness {
  private static final Path THREADS = Path.of("/proc/self/task");

  private Niceness() {}

  /** Lowers the priority of the thread with that name; does nothing without {@code renice}. */
  static void lower(String threadName) {
    try (var threads = Files.newDirectoryStream(THREADS)) {
      for (Path thread : threads) {
        if (Files.readString(thread.resolve("comm")).strip().equals(threadName)) {
          String id = thread.getFileName().toString();
          new ProcessBuilder("chrt", "--idle", "--pid", "0", id)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor(5, TimeUnit.SECONDS);
        }
      }
    } catch (IOException absent) {
      // Latencies are then a little worse, for every target alike.
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
