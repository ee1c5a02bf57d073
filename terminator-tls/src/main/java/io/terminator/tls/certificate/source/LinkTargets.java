package io.terminator.tls.certificate.source;

import io.terminator.tls.certificate.reader.CertificateFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Where symbolic links lead: whoever changes a file there changes what the link shows, with no
 * event beside the link.
 */
final class LinkTargets {
  private static final int MOST_HOPS = 40;

  private LinkTargets() {}

  /** Directories of what chain and key link to, step by step; empty for plain files. */
  static List<Path> directoriesOf(CertificateFiles files) {
    if (!Files.isSymbolicLink(files.chain()) && !Files.isSymbolicLink(files.key())) {
      return List.of();
    }
    List<Path> directories = new ArrayList<>();
    for (Path file : List.of(files.chain(), files.key())) {
      for (Path hop : hops(file)) {
        Path directory = hop.getParent();
        if (directory != null && !directories.contains(directory)) {
          directories.add(directory);
        }
      }
    }
    return List.copyOf(directories);
  }

  /** What {@code path} links to, then what that links to, and so on; empty where it is no link. */
  static List<Path> hops(Path path) {
    List<Path> hops = new ArrayList<>();
    Path at = path;
    try {
      while (hops.size() < MOST_HOPS && Files.isSymbolicLink(at)) {
        // Not normalised: "up" from behind a link is somewhere else than by name.
        at = at.resolveSibling(Files.readSymbolicLink(at));
        hops.add(at);
      }
    } catch (IOException e) {
      // Gone meanwhile: whoever removed it caused an event beside it.
      return hops;
    }
    return hops;
  }
}
