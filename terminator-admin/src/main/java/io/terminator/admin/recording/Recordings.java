package io.terminator.admin.recording;

import io.terminator.core.connection.WorkerGroup;
import io.terminator.core.file.BoundedFile;
import io.terminator.core.observe.Recorder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Recordings on request: one at a time, for a limited time, in limited memory. The last one is kept
 * as a file in the state directory. Any thread except a worker; methods may block.
 */
public final class Recordings implements AutoCloseable {
  public static final Duration LONGEST = Duration.ofMinutes(10);

  private static final Logger LOG = LoggerFactory.getLogger(Recordings.class);

  /** The flight recorder keeps about 10 MB in memory and drops the oldest events. */
  private static final long LARGEST = 24L << 20;

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final WorkerGroup workers;
  private final Path file;
  private @Nullable Running running;
  private State last = State.NONE;

  /**
   * {@code state} is {@code none}, {@code recording}, {@code done} or {@code failed}; {@code until}
   * is the end of the recording, planned or actual. {@code problem} states why it failed.
   */
  public record State(
      String state,
      @Nullable String since,
      @Nullable String until,
      long bytes,
      @Nullable String problem) {
    static final State NONE = new State("none", null, null, 0, null);
  }

  /** Why a recording cannot be begun or read now; the message is for the caller of the API. */
  public static final class RefusedException extends Exception {
    private static final long serialVersionUID = 1;

    RefusedException(String message) {
      super(message);
    }
  }

  private final class Running {
    private final FlightRecording recording;
    private final Instant since = Instant.now();
    private final Instant until;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Thread thread = new Thread(this::run, "recording");

    Running(FlightRecording recording, Duration length) {
      this.recording = recording;
      this.until = since.plus(length);
      thread.setDaemon(true);
    }

    private void run() {
      try {
        boolean early = ended.await(Duration.between(since, until).toNanos(), TimeUnit.NANOSECONDS);
        LOG.debug("the recording ends, early: {}", early);
      } catch (InterruptedException stopping) {
        Thread.currentThread().interrupt();
      }
      finish(this);
    }
  }

  /** Recordings of {@code workers}, kept in {@code directory}, which is made when needed. */
  public Recordings(WorkerGroup workers, Path directory) {
    this.workers = workers;
    this.file = directory.resolve("recording.jfr");
  }

  /** Begins a recording in place of the last one. */
  public synchronized State begin(Duration length) throws RefusedException {
    if (running != null) {
      throw new RefusedException("a recording runs until " + running.until);
    }
    if (ModuleLayer.boot().findModule("jdk.jfr").isEmpty()) {
      throw new RefusedException(
          "this Java runtime has no module jdk.jfr; add it to the runtime (jlink --add-modules)");
    }
    FlightRecording recording;
    try {
      recording = new FlightRecording();
    } catch (RuntimeException | LinkageError | InternalError impossible) {
      throw new RefusedException("the flight recorder does not start: " + words(impossible));
    }
    try {
      workers.record(recording::newWorkerRecorder);
    } catch (RuntimeException stalled) {
      recording.close();
      throw new RefusedException("a worker does not answer: " + words(stalled));
    }
    Running next = new Running(recording, length);
    running = next;
    next.thread.start();
    return state();
  }

  private static String words(Throwable failure) {
    String message = failure.getMessage();
    return message == null ? failure.toString() : message;
  }

  private void finish(Running ending) {
    // Workers first: what they still know belongs into the file.
    String problem = null;
    long bytes = 0;
    try {
      workers.record(() -> Recorder.OFF);
      bytes = write(ending.recording);
    } catch (IOException | RuntimeException | Error failure) {
      problem = words(failure);
      LOG.error("the recording is lost: {}", problem);
    } finally {
      ending.recording.close();
    }
    synchronized (this) {
      last =
          new State(
              problem == null ? "done" : "failed",
              ending.since.toString(),
              Instant.now().toString(),
              bytes,
              problem);
      running = null;
    }
  }

  private long write(FlightRecording recording) throws IOException {
    Path directory = file.toAbsolutePath().getParent();
    if (directory != null) {
      Files.createDirectories(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
    Path part = file.resolveSibling(file.getFileName() + ".part");
    Files.deleteIfExists(part);
    Files.createFile(
        part, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try {
      recording.writeTo(part);
      long bytes = Files.size(part);
      if (bytes > LARGEST) {
        throw new IOException("it has " + bytes + " bytes, expected at most " + LARGEST);
      }
      Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
      return bytes;
    } finally {
      Files.deleteIfExists(part);
    }
  }

  public synchronized State state() {
    Running now = running;
    return now == null
        ? last
        : new State("recording", now.since.toString(), now.until.toString(), 0, null);
  }

  /** Ends the running recording before its time; its file follows shortly. */
  public synchronized State end() throws RefusedException {
    Running now = running;
    if (now == null) {
      throw new RefusedException("no recording runs");
    }
    now.ended.countDown();
    return state();
  }

  /** The content of the last finished recording of this process. */
  public synchronized byte[] content() throws RefusedException, IOException {
    if (running != null) {
      throw new RefusedException("a recording runs until " + running.until);
    }
    if (!last.state().equals("done")) {
      throw new RefusedException(
          last.problem() == null
              ? "no recording was made"
              : "the recording failed: " + last.problem());
    }
    return BoundedFile.read(file, (int) LARGEST);
  }

  /** A reload has ended. */
  public void reloaded(String by, String result, Duration took) {
    FlightRecording now = current();
    if (now != null) {
      now.reloaded(by, result, took);
    }
  }

  /** A step of the drain of the process, {@code took} after its begin. */
  public void drained(String step, Duration took) {
    FlightRecording now = current();
    if (now != null) {
      now.drained(step, took);
    }
  }

  private synchronized @Nullable FlightRecording current() {
    Running now = running;
    return now == null ? null : now.recording;
  }

  /** Ends and writes a running recording. */
  @Override
  public void close() {
    Running now;
    synchronized (this) {
      now = running;
    }
    if (now == null) {
      return;
    }
    now.ended.countDown();
    try {
      now.thread.join(PATIENCE.toMillis());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
