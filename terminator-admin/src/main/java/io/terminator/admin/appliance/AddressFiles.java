package io.terminator.admin.appliance;

import io.terminator.admin.config.BlockFile;
import io.terminator.admin.config.ServiceConfig;
import io.terminator.admin.config.TerminatorConfig;
import io.terminator.core.accept.AddressLists;
import io.terminator.core.accept.AddressLists.Listed;
import io.terminator.core.accept.AdmissionConfig.AccessLists;
import io.terminator.core.connection.WorkerGroup;
import io.terminator.core.file.BoundedFile;
import io.terminator.core.file.FileFailure;
import io.terminator.core.file.UnfitFileException;
import io.terminator.core.setting.CidrSet;
import io.terminator.core.setting.Quantity;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Polls the listeners' address files by content and publishes changes. A file that becomes invalid
 * keeps its last good state. Methods block; never call them on a worker.
 */
final class AddressFiles {
  private static final Logger LOG = LoggerFactory.getLogger(AddressFiles.class);

  private final WorkerGroup workers;
  private final Map<Path, Known> known = new HashMap<>();
  private List<ServiceConfig> services = List.of();

  /** The last content seen of a file, and the addresses in effect. */
  private static final class Known {
    private byte[] seen = {};
    private byte @Nullable [] acted;
    private CidrSet blocks = CidrSet.of(List.of());
    private String problem = "";
  }

  AddressFiles(WorkerGroup workers) {
    this.workers = workers;
  }

  /** Watches the files of {@code config} from now on, and publishes their content at once. */
  synchronized void use(TerminatorConfig config) {
    services = config.services();
    known.keySet().retainAll(services.stream().flatMap(AddressFiles::files).toList());
    services.stream().flatMap(AddressFiles::files).forEach(file -> read(file, true));
    publish();
  }

  /**
   * Publishes new content only when two successive polls see the same: a file may be half written.
   */
  synchronized void look() {
    boolean changed = false;
    for (Path file : List.copyOf(known.keySet())) {
      changed |= read(file, false);
    }
    if (changed) {
      publish();
    }
  }

  /** Returns whether there is something to publish. */
  private boolean read(Path file, boolean atOnce) {
    Known state = known.computeIfAbsent(file, path -> new Known());
    byte[] content;
    try {
      content = BoundedFile.read(file, BoundedFile.LARGE);
    } catch (UnfitFileException unfit) {
      return wrong(file, state, "cannot be read: it " + unfit.getReason());
    } catch (IOException unreadable) {
      return wrong(file, state, "cannot be read (" + FileFailure.words(unreadable) + ")");
    }
    boolean isStill = Arrays.equals(content, state.seen);
    state.seen = content;
    boolean isKnown =
        Arrays.equals(content, state.acted) && !state.problem.startsWith("cannot be read");
    if (isKnown || !(isStill || atOnce)) {
      return false;
    }
    state.acted = content;
    try {
      CidrSet blocks = BlockFile.parse(content);
      if (blocks.blocks() == 0 && isAllowed(file)) {
        return wrong(file, state, "is empty; no client could connect");
      }
      state.blocks = blocks;
      state.problem = "";
      LOG.info("address file {}: {}", file, Quantity.of(blocks.blocks(), "entry"));
      return true;
    } catch (IOException unusable) {
      return wrong(file, state, String.valueOf(unusable.getMessage()));
    }
  }

  private static boolean wrong(Path file, Known state, String problem) {
    if (state.problem.equals(problem)) {
      return false;
    }
    state.problem = problem;
    LOG.error(
        "address file {}: {}. Expected one address or network per line; the last good"
            + " list with {} stays active",
        file,
        problem,
        Quantity.of(state.blocks.blocks(), "entry"));
    return true;
  }

  private boolean isAllowed(Path file) {
    return services.stream()
        .anyMatch(service -> file.equals(service.listener().admission().lists().allowFile()));
  }

  private void publish() {
    for (ServiceConfig service : services) {
      AccessLists lists = service.listener().admission().lists();
      if (lists.allowFile() != null || lists.denyFile() != null) {
        workers
            .admission(service.listener().name())
            .publish(new AddressLists(listed(lists.allowFile()), listed(lists.denyFile())));
      } else {
        workers.admission(service.listener().name()).publish(new AddressLists(null, null));
      }
    }
  }

  private @Nullable Listed listed(@Nullable Path file) {
    Known state = file == null ? null : known.get(file);
    return file == null || state == null ? null : new Listed(file, state.blocks, state.problem);
  }

  private static java.util.stream.Stream<Path> files(ServiceConfig service) {
    AccessLists lists = service.listener().admission().lists();
    return java.util.stream.Stream.of(
            java.util.Optional.ofNullable(lists.allowFile()),
            java.util.Optional.ofNullable(lists.denyFile()))
        .flatMap(java.util.Optional::stream);
  }
}
