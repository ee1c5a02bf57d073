package io.terminator.admin.config.format;

import java.nio.file.Path;
import java.util.Set;

/** The files and environment variables that a configuration names. Immutable. */
public record Mentions(Set<Path> files, Set<String> variables) {
  public static final Mentions NONE = new Mentions(Set.of(), Set.of());

  public Mentions {
    files = Set.copyOf(files);
    variables = Set.copyOf(variables);
  }
}
