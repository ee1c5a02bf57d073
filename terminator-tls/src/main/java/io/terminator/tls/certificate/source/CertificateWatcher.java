package io.terminator.tls.certificate.source;

import static java.nio.file.StandardWatchEventKinds.ENTRY_CREATE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_DELETE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_MODIFY;
import static java.nio.file.StandardWatchEventKinds.OVERFLOW;

import io.terminator.core.file.BoundedFile;
import io.terminator.core.file.FileFailure;
import io.terminator.core.file.UnfitFileException;
import io.terminator.core.setting.TimeSpan;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells its {@link Subject} which paths may have changed. It watches directories, never files: a
 * renewal replaces the file, and a watch on it would stay on the old one. If the system has no
 * watches left, or they do not work, only polling remains. Runs one daemon thread.
 */
public final class CertificateWatcher implements AutoCloseable {

  /**
   * The watched object. All methods are called on the watcher's thread, {@link #directories} also
   * on the thread that starts the watcher.
   */
  public interface Subject {

    /** Directories in which a change matters. They need not exist. */
    Set<Path> directories();

    /** Whether a missing file may come back soon: look again after the grace period. */
    boolean isWaiting();

    /** {@code touched} are the paths that may have changed; null means all. */
    void look(@Nullable Set<Path> touched);
  }

  private static final Logger LOG = LoggerFactory.getLogger(CertificateWatcher.class);

  private static final int MOST_QUIETS = 10;

  /** Above this number of changed paths, everything is scanned instead. */
  private static final int MOST_TOUCHED = 1000;

  private final Subject certificates;
  private final WatchSettings settings;
  private volatile @Nullable WatchService service;
  private final Set<Path> stuck = new HashSet<>();
  private final Map<Path, WatchKey> keys = new HashMap<>();
  private final Thread thread;
  private volatile boolean isClosed;
  private boolean isDegraded;
  private Set<Path> watched = Set.of();

  public CertificateWatcher(Subject certificates, WatchSettings settings) {
    this.certificates = certificates;
    this.settings = settings;
    this.service = service();
    thread = new Thread(this::run, "certificate-watcher");
    thread.setDaemon(true);
  }

  private @Nullable WatchService service() {
    try {
      return FileSystems.getDefault().newWatchService();
    } catch (IOException | UnsupportedOperationException e) {
      degrade(e);
      return null;
    }
  }

  /**
   * Registers watches before it scans, so that no change between the first load and this call is
   * missed.
   */
  public void start() {
    watch(Set.of());
    thread.start();
  }

  private void degrade(Exception e) {
    if (!isDegraded) {
      isDegraded = true;
      LOG.warn(
          "certificates: not every directory can be watched ({}); changes are seen within {}. {}",
          FileFailure.words(e),
          TimeSpan.spell(settings.poll()),
          remedy(e));
    }
  }

  /** Without permission, and where the file system has no watches, no limit helps. */
  private static String remedy(Exception e) {
    return e instanceof AccessDeniedException
        ? "Give the user of the process the permission to read it"
        : "Raise fs.inotify.max_user_watches and fs.inotify.max_user_instances if they are used up";
  }

  private void run() {
    long nextPoll = System.nanoTime();
    while (!isClosed) {
      try {
        long wait =
            certificates.isWaiting()
                ? Math.min(nextPoll - System.nanoTime(), settings.grace().toNanos() / 2)
                : nextPoll - System.nanoTime();
        Set<Path> touched = await(Math.max(wait, 0));
        if (isClosed) {
          return;
        }
        boolean isPoll = System.nanoTime() >= nextPoll;
        // Registered first: a file that appears in between is found by the scan.
        watch(touched == null ? Set.copyOf(keys.keySet()) : touched);
        if (touched != null && !(touched.isEmpty() && isPoll)) {
          certificates.look(touched);
        }
        if (touched == null || isPoll) {
          certificates.look(null);
          nextPoll = System.nanoTime() + settings.poll().toNanos();
        }
        // Files that arrived in a new directory before its watch have caused no event.
        for (Set<Path> fresh = watch(Set.of()); !fresh.isEmpty(); fresh = watch(Set.of())) {
          certificates.look(fresh);
        }
      } catch (ClosedWatchServiceException e) {
        return;
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException e) {
        // The watcher must survive: what failed now may work at the next scan.
        LOG.error("certificates: checking for changes failed; it will be retried", e);
      }
    }
  }

  /**
   * Waits at most {@code nanos} for changes and then for quiet; returns the changed paths, or null
   * if there were too many.
   */
  private @Nullable Set<Path> await(long nanos) throws InterruptedException {
    Set<Path> touched = new HashSet<>();
    WatchService events = service;
    if (events == null) {
      TimeUnit.NANOSECONDS.sleep(nanos);
      return touched;
    }
    boolean overflowed = false;
    WatchKey key = events.poll(nanos, TimeUnit.NANOSECONDS);
    long quiet = settings.quiet().toNanos();
    long latest = System.nanoTime() + MOST_QUIETS * quiet;
    while (key != null) {
      overflowed |= collect(key, touched);
      // A writer that never pauses must not delay changes forever.
      key = events.poll(Math.min(quiet, latest - System.nanoTime()), TimeUnit.NANOSECONDS);
    }
    return overflowed || touched.size() > MOST_TOUCHED ? null : touched;
  }

  /** Returns true if the system lost events. */
  private boolean collect(WatchKey key, Set<Path> touched) {
    boolean overflowed = false;
    Path directory = (Path) key.watchable();
    for (WatchEvent<?> event : key.pollEvents()) {
      if (event.kind() == OVERFLOW) {
        overflowed = true;
      } else {
        touched.add(directory.resolve((Path) event.context()));
      }
    }
    if (!key.reset()) {
      // The directory itself was removed; the watch on its parent reports when it is back.
      keys.remove(directory, key);
      touched.add(directory);
    }
    return overflowed;
  }

  /**
   * Registers new directories, and again those that {@code touched} may have replaced, because a
   * watch is on an inode. Returns the directories that were not watched before.
   */
  private Set<Path> watch(Set<Path> touched) {
    WatchService events = service;
    if (events == null) {
      return Set.of();
    }
    Set<Path> directories = certificates.directories();
    if (touched.isEmpty() && directories.equals(watched)) {
      return Set.of();
    }
    Set<Path> fresh = new HashSet<>();
    Set<Path> wanted = anchored(directories);
    // Where one does not answer, the next call asks again.
    watched = stuck.isEmpty() ? directories : Set.of();
    keys.entrySet()
        .removeIf(
            known -> {
              // Where one does not answer, it is not known what is wanted.
              if (!stuck.isEmpty() || wanted.contains(known.getKey())) {
                return false;
              }
              known.getValue().cancel();
              return true;
            });
    for (Path directory : wanted) {
      WatchKey known = keys.get(directory);
      if (stuck.contains(directory)) {
        continue;
      }
      if (known != null && known.isValid() && !isBelow(directory, touched)) {
        continue;
      }
      try {
        WatchKey key =
            BoundedFile.walk(
                directory,
                step -> directory.register(events, ENTRY_CREATE, ENTRY_MODIFY, ENTRY_DELETE));
        if (known == null) {
          fresh.add(directory);
        } else if (known != key) {
          known.cancel();
        }
        keys.put(directory, key);
      } catch (UnfitFileException unanswered) {
        // The service registers on one thread of its own, which now waits for this directory.
        replaceService(events);
        return Set.of();
      } catch (IOException e) {
        // The directory was removed again, or no watch is left. The scan reports removed files.
        if (Files.isDirectory(directory)) {
          degrade(e);
        }
      }
    }
    return fresh;
  }

  private static boolean isBelow(Path directory, Set<Path> touched) {
    for (Path at = directory; at != null && !touched.isEmpty(); at = at.getParent()) {
      if (touched.contains(at)) {
        return true;
      }
    }
    return false;
  }

  /**
   * The directories and their parents, in which they may disappear and come back. If a parent is
   * missing too, the nearest existing ancestor.
   */
  private Set<Path> anchored(Set<Path> directories) {
    Set<Path> wanted = new HashSet<>();
    stuck.clear();
    for (Path directory : directories) {
      try {
        wanted.addAll(BoundedFile.walk(directory, step -> anchors(directory, step)));
      } catch (IOException unanswered) {
        // The scan reports it.
        stuck.add(directory);
      }
    }
    return wanted;
  }

  private static Set<Path> anchors(Path directory, Runnable step) {
    Set<Path> wanted = new HashSet<>();
    if (Files.isDirectory(directory)) {
      wanted.add(directory);
    }
    step.run();
    List<Path> ways = new ArrayList<>(LinkTargets.resolve(directory, step));
    ways.add(directory);
    for (Path way : ways) {
      Path above = way.toAbsolutePath().getParent();
      while (above != null && !Files.isDirectory(above)) {
        step.run();
        above = above.getParent();
      }
      if (above != null) {
        wanted.add(above);
      }
    }
    return wanted;
  }

  private void replaceService(WatchService old) {
    LOG.warn("certificates: watching a directory did not answer in time; it will be retried");
    keys.clear();
    watched = Set.of();
    close(old);
    service = service();
  }

  /** Within a time limit: closing waits for a registration. */
  private static void close(WatchService service) {
    try {
      BoundedFile.walk(
          Path.of(""),
          step -> {
            service.close();
            return service;
          });
    } catch (IOException e) {
      LOG.debug("certificates: closing the watch failed", e);
    }
  }

  @Override
  public void close() {
    isClosed = true;
    thread.interrupt();
    WatchService last = service;
    if (last != null) {
      close(last);
    }
  }
}
