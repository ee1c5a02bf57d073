package io.terminator.tls.certificate.source;

import io.terminator.core.file.BoundedFile;
import io.terminator.core.file.FileFailure;
import io.terminator.tls.certificate.credential.CredentialProblem;
import io.terminator.tls.certificate.credential.CredentialProblem.Kind;
import io.terminator.tls.certificate.reader.FileStamp;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The file names in a directory tree; links are followed, within limits. Directories that cannot be
 * listed are in {@link #unreadable}; their content is unknown.
 */
final class DirectoryTree {
  /** Below this number, threads cost more than they save. */
  static final int FEW = 64;

  private static final int DEEPEST = 8;
  private static final int MOST_FILES = 500_000;

  private final Path root;
  private final Map<Path, Map<String, FileStamp>> files = new TreeMap<>();
  private final Set<Path> unreadable = new HashSet<>();
  private final List<CredentialProblem> problems = new ArrayList<>();
  private final Set<Path> seen = new HashSet<>();
  private int count;

  private DirectoryTree(Path root) {
    this.root = root;
  }

  static DirectoryTree of(Path root) {
    DirectoryTree tree = new DirectoryTree(root);
    tree.visit(root, 0);
    return tree;
  }

  /** Files by directory, sorted, and by name, unsorted. */
  Map<Path, Map<String, FileStamp>> files() {
    return files;
  }

  Set<Path> unreadable() {
    return unreadable;
  }

  List<CredentialProblem> problems() {
    return problems;
  }

  boolean isEmpty() {
    return count == 0;
  }

  private void visit(Path directory, int depth) {
    Listing listing;
    try {
      listing = BoundedFile.walk(directory, step -> list(directory, step));
    } catch (IOException | DirectoryIteratorException e) {
      unreadable.add(directory);
      problems.add(unlisted(directory, e));
      return;
    }
    // A link to a parent leads to directories already visited. It is skipped without a warning,
    // because such links are a common way to name the current version.
    if (!seen.add(listing.realPath())) {
      return;
    }
    Map<String, FileStamp> names = listing.names();
    NavigableSet<String> below = listing.below();
    int room = MOST_FILES - count;
    if (names.size() > room) {
      problems.add(
          new CredentialProblem(
              Kind.TOO_MANY,
              root.toString(),
              "contains more than "
                  + MOST_FILES
                  + " files; the rest, in order of name, is ignored. Expected only"
                  + " certificates and keys"));
      names
          .keySet()
          .retainAll(names.keySet().stream().sorted().limit(room).collect(Collectors.toSet()));
    }
    count += names.size();
    files.put(directory, names);
    if (depth == DEEPEST && !below.isEmpty()) {
      problems.add(
          new CredentialProblem(
              Kind.TOO_MANY,
              directory.toString(),
              "is " + DEEPEST + " directories deep; deeper directories are ignored"));
      return;
    }
    // A certbot home: archive/ and the other directories hold the targets of the links in live/.
    boolean isCertbot =
        below.contains("live") && (below.contains("archive") || below.contains("renewal"));
    for (String name : isCertbot ? Set.of("live") : below) {
      visit(directory.resolve(name), depth + 1);
    }
  }

  /** The files and directories in a directory. */
  private record Listing(Path realPath, Map<String, FileStamp> names, NavigableSet<String> below) {}

  private static Listing list(Path directory, Runnable step) throws IOException {
    Listing listing = new Listing(directory.toRealPath(), new HashMap<>(), new TreeSet<>());
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> entries = BoundedFile.entries(directory)) {
      for (Path entry : entries) {
        step.run();
        String name = entry.getFileName().toString();
        // Kubernetes keeps each version in a ..directory and links to it from beside it; the links
        // are used. Other dot files are temporary files of editors and copying tools.
        if (!name.startsWith(".") && !name.endsWith("~")) {
          found.add(entry);
        }
      }
    }
    (found.size() < FEW ? found.stream() : found.parallelStream())
        .map(entry -> look(entry, step))
        .forEachOrdered(
            entry -> {
              if (entry.stamp() != null) {
                listing.names().put(entry.name(), entry.stamp());
              } else if (entry.isDirectory()) {
                listing.below().add(entry.name());
              }
            });
    return listing;
  }

  /** Without a stamp it is a directory, or a file that is ignored. */
  private record Entry(String name, @Nullable FileStamp stamp, boolean isDirectory) {}

  /** With 200,000 files every system call matters: one per file that is not a link. */
  private static Entry look(Path entry, Runnable step) {
    step.run();
    String name = entry.getFileName().toString();
    try {
      BasicFileAttributes own =
          Files.readAttributes(entry, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      boolean isDirectory = own.isDirectory() || own.isSymbolicLink() && Files.isDirectory(entry);
      return new Entry(name, isDirectory ? null : FileStamp.of(entry, own), isDirectory);
    } catch (IOException gone) {
      // The file was removed after the listing.
      return new Entry(name, null, false);
    }
  }

  private static CredentialProblem unlisted(Path directory, Exception e) {
    String dangling = e instanceof NoSuchFileException ? BoundedFile.dangling(directory) : null;
    return e instanceof NoSuchFileException
        ? new CredentialProblem(
            Kind.MISSING_FILE,
            directory.toString(),
            (dangling == null ? "the directory does not exist" : dangling)
                + ". Its previous content stays in service; create it with certificates")
        : new CredentialProblem(
            Kind.UNREADABLE,
            directory.toString(),
            "cannot be listed ("
                + FileFailure.words(e)
                + "). Its previous content stays in service; expected a directory that"
                + " Terminator's user can read");
  }
}
