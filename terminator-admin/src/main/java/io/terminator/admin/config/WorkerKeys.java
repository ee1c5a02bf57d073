package io.terminator.admin.config;

import io.terminator.admin.config.format.Key;
import io.terminator.admin.config.format.Kind;
import io.terminator.admin.config.format.Kinds;
import io.terminator.admin.config.format.Section;
import io.terminator.admin.config.format.Shape;
import io.terminator.core.worker.WorkerConfig;
import java.util.List;

/** {@code workers}. */
final class WorkerKeys {
  private static final int MOST = 1024;
  private static final int CORES = Runtime.getRuntime().availableProcessors();

  static final WorkerConfig AUTO = new WorkerConfig(CORES, false);

  private static final Kind<Integer> COUNT_KIND =
      Kinds.parsed(
          "auto or a whole number from 1 to " + MOST,
          "^(auto|[0-9]+|.*\\$\\{.*)$",
          WorkerKeys::count,
          count -> count == CORES ? "auto" : String.valueOf(count));

  private static final Key<Integer> COUNT =
      Key.optional("count", COUNT_KIND, CORES, "auto", "Number of workers; auto: one per core.");

  private static final Key<Boolean> PIN =
      Key.optional("pin", Kinds.flag(), false, "Binds worker n to CPU core n.");

  private static final Shape<WorkerConfig> SHAPE =
      new Shape<>("Worker threads.", List.of(COUNT, PIN), WorkerKeys::map);

  static final Kind<WorkerConfig> KIND =
      Kinds.either(
          Kinds.mapped(
              COUNT_KIND,
              count -> new WorkerConfig(count, false),
              workers -> COUNT_KIND.spell(workers.count())),
          null,
          SHAPE,
          workers -> COUNT_KIND.spell(workers.count()));

  private WorkerKeys() {}

  private static WorkerConfig map(Section section) {
    boolean enough = !section.get(PIN) || section.get(COUNT) <= CORES;
    section.check(
        enough, COUNT, "at most " + CORES + ", the cores of this machine, with pin", "", PIN);
    return new WorkerConfig(section.get(COUNT), section.get(PIN));
  }

  private static int count(String text) {
    if (text.equals("auto")) {
      return CORES;
    }
    Kinds.refuseOctal(text);
    int count = text.matches("\\d{1,4}") ? Integer.parseInt(text) : 0;
    if (count < 1 || count > MOST) {
      throw Kinds.unfit();
    }
    return count;
  }
}
