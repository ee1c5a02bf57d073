package io.terminator.tls.certificate.source;

import static java.nio.file.StandardWatchEventKinds.ENTRY_CREATE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_DELETE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_MODIFY;
import static java.nio.file.StandardWatchEventKinds.OVERFLOW;

import io.terminator.core.setting.TimeSpan;
import java.io.IOException;
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
 * renewal replaces the file, and a watch on it would see the old one only. Where the system has no
 * watch left, or none that works, looking at everything now and then is what remains. One daemon
 * thread.
 */
public final class CertificateWatcher implements AutoCloseable {

  /** What is watched. All methods are called on the watcher's thread, and {@link #directories} on that which starts it. */
  public interface Subject {

    /** Directories in which a change matters. They need not exist. */
    Set<Path> directories();

    /** Whether something is missing that may come back soon: look again after the grace period. */
    boolean isWaiting();

    /** {@code touched} may have changed; null stands for everything. */
    void look(@Nullable Set<Path> touched);
  }

  private static final Logger LOG = LoggerFactory.getLogger(CertificateWatcher.class);

  private static final int MOST_QUIETS = 10;

  /** More than this is not worth looking at one by one. */
  private static final int MOST_TOUCHED = 1000;

  private final Subject certificates;
  private final WatchSettings settings;
  private final @Nullable WatchService service;
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

  /** Watches before it looks, so that nothing is missed between the first loading and this. */
  public void start() {
    watch(Set.of());
    thread.start();
  }

  private void degrade(Exception e) {
    if (!isDegraded) {
      isDegraded = true;
      LOG.warn(
          "certificates: not every directory can be watched ({}); changes are seen within {}. Raise"
              + " fs.inotify.max_user_watches",
          e.toString(),
          TimeSpan.spell(settings.poll()));
    }
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
        // Registered first: what appears between the two is seen by the look.
        watch(touched == null ? Set.copyOf(keys.keySet()) : touched);
        if (touched != null && !(touched.isEmpty() && isPoll)) {
          certificates.look(touched);
        }
        if (touched == null || isPoll) {
          certificates.look(null);
          nextPoll = System.nanoTime() + settings.poll().toNanos();
        }
        // What came into a new directory before its watch was there has caused no event.
        for (Set<Path> fresh = watch(Set.of()); !fresh.isEmpty(); fresh = watch(Set.of())) {
          certificates.look(fresh);
        }
      } catch (ClosedWatchServiceException e) {
        return;
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException e) {
        // Never without a watcher: what failed now may work at the next look.
        LOG.error("certificates: checking for changes failed; it will be retried", e);
      }
    }
  }

  /**
   * Paths that changed within {@code nanos}, once it is quiet; null when there were too many to
   * tell.
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
      // A writer that never pauses must not keep changes back for ever.
      key = events.poll(Math.min(quiet, latest - System.nanoTime()), TimeUnit.NANOSECONDS);
    }
    return overflowed || touched.size() > MOST_TOUCHED ? null : touched;
  }

  /** True when the system lost events. */
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
      // The directory itself is gone; whoever watches the one above hears when it comes back.
      keys.remove(directory, key);
      touched.add(directory);
    }
    return overflowed;
  }

  /**
   * Registers what is not watched yet, and again what {@code touched} may have replaced: a watch is
   * on an inode. The directories that were not watched before.
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
    watched = directories;
    Set<Path> wanted = anchored(directories);
    keys.entrySet()
        .removeIf(
            known -> {
              if (wanted.contains(known.getKey())) {
                return false;
              }
              known.getValue().cancel();
              return true;
            });
    for (Path directory : wanted) {
      WatchKey known = keys.get(directory);
      if (known != null && known.isValid() && !isBelow(directory, touched)) {
        continue;
      }
      try {
        WatchKey key = directory.register(events, ENTRY_CREATE, ENTRY_MODIFY, ENTRY_DELETE);
        if (known == null) {
          fresh.add(directory);
        } else if (known != key) {
          known.cancel();
        }
        keys.put(directory, key);
      } catch (IOException e) {
        // Gone again, or no watch left. The look reports what is gone.
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
   * The directories, and the one above each, in which it may vanish and come back. Where that is
   * missing too, the nearest one that is there.
   */
  private static Set<Path> anchored(Set<Path> directories) {
    Set<Path> wanted = new HashSet<>();
    for (Path directory : directories) {
      if (Files.isDirectory(directory)) {
        wanted.add(directory);
      }
      List<Path> ways = new ArrayList<>(LinkTargets.hops(directory));
      ways.add(directory);
      for (Path way : ways) {
        Path above = way.toAbsolutePath().getParent();
        while (above != null && !Files.isDirectory(above)) {
          above = above.getParent();
        }
        if (above != null) {
          wanted.add(above);
        }
      }
    }
    return wanted;
  }

  @Override
  public void close() {
    isClosed = true;
    thread.interrupt();
    try {
      if (service != null) {
        service.close();
      }
    } catch (IOException e) {
      LOG.debug("certificates: closing the watch failed", e);
    }
  }
}
