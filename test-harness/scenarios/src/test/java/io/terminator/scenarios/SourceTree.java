package io.terminator.scenarios;

import java.nio.file.Files;
import java.nio.file.Path;

/** The source tree that the tests run in. */
final class SourceTree {
  private SourceTree() {}

  /** The nearest parent of the working directory that contains docs/adr. */
  static Path root() {
    Path at = Path.of("").toAbsolutePath();
    while (!Files.exists(at.resolve("docs/adr"))) {
      at = at.getParent();
      if (at == null) {
        throw new IllegalStateException("docs/adr is in no directory above the working directory");
      }
    }
    return at;
  }
}
