package io.terminator.load.subject;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Assignment of processes to cores: the target on the first ones, as many as it has workers,
 * generator and backend on the last ones. Where there are too few cores they overlap, and the
 * result says so.
 */
public record Cores(int count) {

  /** Those of this machine. */
  public static Cores here() {
    return new Cores(Runtime.getRuntime().availableProcessors());
  }

  /** As {@code taskset -c} takes it; empty when there is nothing to choose. */
  public Optional<String> target(int workers) {
    if (count < 2) {
      return Optional.empty();
    }
    int last = Math.min(workers, count) - 1;
    return Optional.of(last == 0 ? "0" : "0-" + last);
  }

  public Optional<String> generator() {
    return count < 2 ? Optional.empty() : Optional.of(String.valueOf(count - 1));
  }

  public Optional<String> backend() {
    return count < 3 ? generator() : Optional.of(String.valueOf(count - 2));
  }

  /** Whether target, generator and backend have no core in common. */
  public boolean isRoomFor(int workers) {
    return count >= workers + 2 || count == 2 && workers == 1;
  }

  /** The command that runs {@code command} on {@code cores}. */
  public static List<String> pinned(Optional<String> cores, List<String> command) {
    if (cores.isEmpty() || Programs.find("taskset").isEmpty()) {
      return command;
    }
    List<String> whole = new ArrayList<>(List.of("taskset", "-c", cores.get()));
    whole.addAll(command);
    return List.copyOf(whole);
  }

  /** Moves this process, with all its threads, to the generator's core. */
  public void pinSelf() {
    if (generator().isPresent() && Programs.find("taskset").isPresent()) {
      String self = String.valueOf(ProcessHandle.current().pid());
      Programs.output(List.of("taskset", "-a", "-p", "-c", generator().get(), self));
    }
  }
}
