package io.terminator.tls.certificate.upload;

import io.terminator.core.file.BoundedFile;
import io.terminator.core.file.DirectoryOperations;
import io.terminator.core.file.FileFailure;
import io.terminator.tls.certificate.credential.CredentialProblem;
import io.terminator.tls.certificate.credential.CredentialProblem.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Files {@code DIRECTORY/NAME/vN.pem}, or any files directly in the directory. A file exists
 * completely or not at all, even after a crash of the process or the machine. Directories have mode
 * 0700, files 0600. A file system that does not answer costs the caller ten seconds per step, and
 * what it was to write does not appear later.
 */
final class StateFiles {
  private static final Pattern VERSION = Pattern.compile("v([1-9][0-9]{0,8})\\.pem");
  private static final String DELETED = ".deleted-";
  private static final String UNFINISHED = ".unfinished-";

  private final Path directory;
  private final DirectoryOperations operations = new DirectoryOperations();

  private StateFiles(Path directory) {
    this.directory = directory;
  }

  /**
   * Creates the directory, checks that it is writable, and removes remains of an interrupted run.
   */
  static StateFiles open(Path directory) throws StateException {
    return open(directory, Duration.ZERO);
  }

  /**
   * As above, for a directory that several processes share: what is unfinished and recent may be
   * the work of another one.
   */
  static StateFiles openShared(Path directory) throws StateException {
    return open(directory, Duration.ofMinutes(10));
  }

  private static StateFiles open(Path directory, Duration age) throws StateException {
    StateFiles files = new StateFiles(directory);
    try {
      return files.operations.run(
          directory,
          step -> {
            makePrivate(directory);
            clear(directory, age, step);
            for (String name : names(directory, step)) {
              clear(directory.resolve(name), age, step);
            }
            Path probe = directory.resolve(UNFINISHED + "probe-" + UUID.randomUUID());
            writeDurably(probe, new byte[1], step);
            Files.delete(probe);
            return files;
          });
    } catch (IOException | DirectoryIteratorException e) {
      throw unusable(directory, e);
    }
  }

  /** Opens an existing directory without creating or removing anything. */
  static StateFiles existing(Path directory) {
    return new StateFiles(directory);
  }

  private static StateException unusable(Path path, Exception e) {
    return new StateException(
        new CredentialProblem(
            Kind.STATE_UNUSABLE,
            path.toString(),
            "cannot store uploads here ("
                + FileFailure.words(e)
                + "). Expected a directory that Terminator's user can write to; set state-dir"));
  }

  private static void makePrivate(Path path) throws IOException {
    Path above = path.getParent();
    if (above != null) {
      Files.createDirectories(above);
    }
    try {
      Files.createDirectory(
          path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (FileAlreadyExistsException there) {
      if (!Files.isDirectory(path)) {
        throw there;
      }
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx------"));
    }
  }

  private static void clear(Path where, Duration age, Runnable step) throws IOException {
    Instant latest = Instant.now().minus(age);
    try (DirectoryStream<Path> entries = BoundedFile.entries(where)) {
      for (Path entry : entries) {
        step.run();
        String name = entry.getFileName().toString();
        if (name.startsWith(UNFINISHED)
            && (age.isZero() || Files.getLastModifiedTime(entry).toInstant().isBefore(latest))) {
          Files.delete(entry);
        } else if (name.startsWith(DELETED)) {
          remove(entry, step);
        }
      }
    }
  }

  private static void remove(Path deleted, Runnable step) throws IOException {
    try (DirectoryStream<Path> entries = BoundedFile.entries(deleted)) {
      for (Path entry : entries) {
        step.run();
        Files.delete(entry);
      }
    }
    Files.delete(deleted);
  }

  /** Sorted. */
  Set<String> names() throws IOException {
    return operations.run(directory, step -> names(directory, step));
  }

  private static Set<String> names(Path directory, Runnable step) throws IOException {
    Set<String> names = new TreeSet<>();
    try (DirectoryStream<Path> entries = BoundedFile.entries(directory)) {
      for (Path entry : entries) {
        step.run();
        String name = entry.getFileName().toString();
        if (!name.startsWith(".") && Files.isDirectory(entry)) {
          names.add(name);
        }
      }
    }
    return names;
  }

  /** Newest first. */
  List<Integer> versions(String name) throws IOException {
    return operations.run(directory.resolve(name), step -> versions(directory.resolve(name), step));
  }

  private static List<Integer> versions(Path home, Runnable step) throws IOException {
    List<Integer> versions = new ArrayList<>();
    if (Files.isDirectory(home)) {
      try (DirectoryStream<Path> entries = BoundedFile.entries(home)) {
        for (Path entry : entries) {
          step.run();
          Matcher matcher = VERSION.matcher(entry.getFileName().toString());
          if (matcher.matches()) {
            versions.add(Integer.valueOf(matcher.group(1)));
          }
        }
      }
    }
    versions.sort(Collections.reverseOrder());
    return versions;
  }

  Path file(String name, int version) {
    return directory.resolve(name).resolve("v" + version + ".pem");
  }

  void write(String name, int version, byte[] content) throws StateException {
    Path target = file(name, version);
    Path home = directory.resolve(name);
    // An abandoned operation may still hold a file of this version.
    Path unfinished = home.resolve(UNFINISHED + "v" + version + "-" + UUID.randomUUID());
    try {
      operations.run(
          target,
          step -> {
            if (!Files.isDirectory(home)) {
              makePrivate(home);
              sync(directory);
            }
            publish(content, unfinished, target, step);
            // The next start must not find what the caller was told was not stored.
            undoIfLate(step, () -> Files.delete(target));
            sync(home);
            undoIfLate(step, () -> Files.delete(target));
            return target;
          });
    } catch (IOException e) {
      throw unusable(target, e);
    }
  }

  private static void publish(byte[] content, Path unfinished, Path target, Runnable step)
      throws IOException {
    try {
      writeDurably(unfinished, content, step);
      Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(unfinished);
    }
  }

  private static void writeDurably(Path file, byte[] content, Runnable step) throws IOException {
    step.run();
    try (FileChannel channel =
        FileChannel.open(
            file,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      ByteBuffer bytes = ByteBuffer.wrap(content);
      while (bytes.hasRemaining()) {
        step.run();
        channel.write(bytes);
      }
      step.run();
      channel.force(true);
    }
    step.run();
  }

  /** A rename is durable only after its directory is synced. */
  private static void sync(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** Replaces {@code file} of the directory durably. */
  void replace(String file, byte[] content) throws StateException {
    Path target = directory.resolve(file);
    // Another process that shares the directory may write the same file.
    Path unfinished = directory.resolve(UNFINISHED + file + "-" + UUID.randomUUID());
    try {
      operations.run(
          target,
          step -> {
            publish(content, unfinished, target, step);
            step.run();
            sync(directory);
            return target;
          });
    } catch (IOException e) {
      throw unusable(target, e);
    }
  }

  /** The content of {@code file} of the directory; null if there is none. */
  byte @Nullable [] content(String file) throws StateException {
    try {
      return BoundedFile.read(directory.resolve(file), BoundedFile.SMALL);
    } catch (NoSuchFileException absent) {
      return null;
    } catch (IOException e) {
      throw unusable(directory.resolve(file), e);
    }
  }

  /** Removes {@code file} of the directory, if it is there. */
  void remove(String file) throws StateException {
    try {
      operations.run(
          directory.resolve(file),
          step -> {
            boolean wasThere = Files.deleteIfExists(directory.resolve(file));
            if (wasThere) {
              step.run();
              sync(directory);
            }
            return wasThere;
          });
    } catch (IOException e) {
      throw unusable(directory.resolve(file), e);
    }
  }

  /** The names of the files in the directory, sorted. */
  Set<String> files() throws StateException {
    try {
      return operations.run(directory, step -> files(directory, step));
    } catch (IOException | DirectoryIteratorException e) {
      throw unusable(directory, e);
    }
  }

  private static Set<String> files(Path directory, Runnable step) throws IOException {
    Set<String> names = new TreeSet<>();
    try (DirectoryStream<Path> entries = BoundedFile.entries(directory)) {
      for (Path entry : entries) {
        step.run();
        String name = entry.getFileName().toString();
        if (!name.startsWith(".") && Files.isRegularFile(entry)) {
          names.add(name);
        }
      }
    }
    return names;
  }

  /** Removes all versions except the newest {@code most}. */
  void prune(String name, int most) {
    Path home = directory.resolve(name);
    try {
      operations.run(
          home,
          step -> {
            List<Integer> versions = versions(home, step);
            for (int version : versions.subList(Math.min(most, versions.size()), versions.size())) {
              step.run();
              Files.deleteIfExists(file(name, version));
            }
            return versions;
          });
    } catch (IOException | DirectoryIteratorException e) {
      // Extra versions stay, which does no harm; the next upload tries again.
    }
  }

  /** Removes all versions at once: one by one, an interruption would restore an old version. */
  void delete(String name) throws StateException {
    Path home = directory.resolve(name);
    Path deleted = directory.resolve(DELETED + name + "-" + System.nanoTime());
    try {
      operations.run(
          home,
          step -> {
            Files.move(home, deleted, StandardCopyOption.ATOMIC_MOVE);
            undoIfLate(step, () -> Files.move(deleted, home, StandardCopyOption.ATOMIC_MOVE));
            sync(directory);
            removeIfPossible(deleted, step);
            return deleted;
          });
    } catch (IOException e) {
      throw unusable(home, e);
    }
  }

  private static void removeIfPossible(Path deleted, Runnable step) {
    try {
      remove(deleted, step);
    } catch (IOException | DirectoryIteratorException e) {
      // The rename has already removed it; the next start deletes the rest.
    }
  }

  private interface Undo {
    void run() throws IOException;
  }

  /** Undoes a change whose caller was told that it failed. */
  private static void undoIfLate(Runnable step, Undo undo) throws IOException {
    try {
      step.run();
    } catch (CancellationException late) {
      undo.run();
      throw late;
    }
  }
}
