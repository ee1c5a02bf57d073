package io.terminator.tls.certificate.source;

import io.terminator.core.file.BoundedFile;
import io.terminator.tls.certificate.reader.CertificateFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Resolves symbolic links: a change of a link's target causes no event in the directory of the
 * link.
 */
final class LinkTargets {
  private static final int MOST_HOPS = 40;

  private LinkTargets() {}

  /** The directories of the link targets of chain and key, step by step; empty for plain files. */
  static List<Path> directoriesOf(CertificateFiles files) {
    try {
      return BoundedFile.walk(files.chain(), step -> directoriesOf(files, step));
    } catch (IOException unanswered) {
      // Reading the files reports it.
      return List.of();
    }
  }

  private static List<Path> directoriesOf(CertificateFiles files, Runnable step) {
    if (!Files.isSymbolicLink(files.chain()) && !Files.isSymbolicLink(files.key())) {
      return List.of();
    }
    List<Path> directories = new ArrayList<>();
    for (Path file : List.of(files.chain(), files.key())) {
      for (Path hop : resolve(file, step)) {
        Path directory = hop.getParent();
        if (directory != null && !directories.contains(directory)) {
          directories.add(directory);
        }
      }
    }
    return List.copyOf(directories);
  }

  /**
   * The target of {@code path}, the target of that, and so on; empty if {@code path} is not a link
   * or does not answer in time.
   */
  static List<Path> hops(Path path) {
    try {
      return BoundedFile.walk(path, step -> resolve(path, step));
    } catch (IOException unanswered) {
      return List.of();
    }
  }

  /** As above, as a part of a {@link BoundedFile.Walk}. */
  static List<Path> resolve(Path path, Runnable step) {
    List<Path> hops = new ArrayList<>();
    Path at = path;
    try {
      while (hops.size() < MOST_HOPS && Files.isSymbolicLink(at)) {
        step.run();
        // Not normalised: ".." behind a link is not the parent in the path.
        at = at.resolveSibling(Files.readSymbolicLink(at));
        hops.add(at);
      }
    } catch (IOException e) {
      // The link was removed, which causes an event in its directory.
      return hops;
    }
    return hops;
  }
}
