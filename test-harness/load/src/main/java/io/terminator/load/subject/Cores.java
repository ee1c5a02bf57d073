package io.terminator.load.subject;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The assignment of processes to cores: the target on the first ones, one per worker, generator and
 * backend on the last ones. With too few cores they overlap, and the result states it.
 */
public record Cores(int count) {

  /** Those of this machine. */
  public static Cores here() {
    return new Cores(Runtime.getRuntime().availableProcessors());
  }

  /** The cores as an argument of {@code taskset -c}; empty if there is no choice. */
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
