package io.terminator.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A started program and its output. Closing it ends this process and no other. Any thread. */
public final class RunningProcess implements AutoCloseable {

  private static final Duration GRACE = Duration.ofSeconds(10);

  private final List<String> command;
  private final Process process;
  private final Thread reader;
  private final List<String> lines = new ArrayList<>();
  private boolean ended;

  RunningProcess(List<String> command, Process process) {
    this.command = List.copyOf(command);
    this.process = process;
    this.reader = new Thread(this::readAll, "output-of-" + process.pid());
    reader.setDaemon(true);
    reader.start();
  }

  public long pid() {
    return process.pid();
  }

  public boolean isRunning() {
    return process.isAlive();
  }

  /** User and system time that it has used so far. */
  public Duration cpuTime() throws IOException {
    String stat = Files.readString(proc("stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    // proc(5): utime and stime are fields 14 and 15, in ticks of 10 ms.
    return Duration.ofMillis(10 * (Long.parseLong(fields[11]) + Long.parseLong(fields[12])));
  }

  /** Its memory that is in use now, in bytes. */
  public long residentBytes() throws IOException {
    for (String line : Files.readAllLines(proc("status"))) {
      if (line.startsWith("VmRSS:")) {
        return 1024 * Long.parseLong(line.replaceAll("\\D", ""));
      }
    }
    throw new AssertionError("no VmRSS in " + proc("status"));
  }

  /** How many descriptors it has open. */
  public long descriptors() throws IOException {
    try (var all = Files.list(proc("fd"))) {
      return all.count();
    }
  }

  /** The output so far: standard output and standard error in the order of their arrival. */
  public List<String> lines() {
    synchronized (lines) {
      return List.copyOf(lines);
    }
  }

  /** The output so far as one text. */
  public String output() {
    return String.join("\n", lines());
  }

  /**
   * Waits until a line contains a match of {@code regex}, including lines before the call, and
   * returns the match. Fails with the whole output if the process ends or after {@code longest}.
   */
  public Matcher awaitLine(String regex, Duration longest) {
    Pattern pattern = Pattern.compile(regex);
    long deadline = System.nanoTime() + longest.toNanos();
    int seen = 0;
    synchronized (lines) {
      while (true) {
        for (; seen < lines.size(); seen++) {
          Matcher matcher = pattern.matcher(lines.get(seen));
          if (matcher.find()) {
            return matcher;
          }
        }
        long left = deadline - System.nanoTime();
        if (ended || left <= 0) {
          throw new AssertionError(
              (ended ? "ended" : "waited " + longest.toSeconds() + " s")
                  + (" without a line that matches \"" + regex + "\": " + command + "\n")
                  + String.join("\n", lines));
        }
        try {
          TimeUnit.NANOSECONDS.timedWait(lines, left);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new IllegalStateException("interrupted while waiting for " + command, e);
        }
      }
    }
  }

  /** Waits for the end of the process and for its last line of output; returns the exit code. */
  public int awaitExit(Duration longest) {
    try {
      if (!process.waitFor(longest.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new AssertionError(
            "still runs after " + longest.toSeconds() + " s: " + command + "\n" + output());
      }
      reader.join(GRACE.toMillis());
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for " + command, e);
    }
  }

  /** Asks it to end: SIGTERM. */
  public void terminate() {
    process.destroy();
  }

  /** Ends it at once: SIGKILL. */
  public void kill() {
    process.destroyForcibly();
  }

  /** Sends a signal, such as {@code HUP}. */
  public void signal(String name) {
    try (RunningProcess kill = Processes.start("kill", "-" + name, Long.toString(pid()))) {
      int code = kill.awaitExit(GRACE);
      if (code != 0) {
        throw new AssertionError("cannot send " + name + " to " + command + ": " + kill.output());
      }
    }
  }

  /** Ends the process with SIGTERM and, if that takes more than ten seconds, with SIGKILL. */
  @Override
  public void close() {
    terminate();
    try {
      if (!process.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
        kill();
        process.waitFor();
      }
    } catch (InterruptedException e) {
      kill();
      Thread.currentThread().interrupt();
    }
  }

  private Path proc(String file) {
    return Path.of("/proc", Long.toString(pid()), file);
  }

  private void readAll() {
    try (BufferedReader output =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        append(line, false);
      }
      append("", true);
    } catch (IOException e) {
      append("output ended: " + e.getMessage(), true);
    }
  }

  private void append(String line, boolean last) {
    synchronized (lines) {
      if (!line.isEmpty() || !last) {
        lines.add(line);
      }
      ended = last;
      lines.notifyAll();
    }
  }
}
