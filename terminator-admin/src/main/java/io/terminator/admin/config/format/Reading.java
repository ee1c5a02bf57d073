package io.terminator.admin.config.format;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The state of reading one file: collects problems, warnings and declared names. One thread. */
public final class Reading {
  /**
   * A file within its limit of 1 MiB can have 500,000 problems, each with a list of keys: together
   * more than the heap.
   */
  private static final int MOST = 100;

  /** The names that a problem lists. */
  private static final int MOST_NAMES = 20;

  private final String file;
  private final Path directory;
  private final Map<String, String> environment;
  private final @Nullable Mentions bounds;
  private boolean checksFiles = true;
  private final Set<Path> files = new HashSet<>();
  private final Set<String> variables = new HashSet<>();
  private final Mask mask = new Mask();
  private final List<Problem> problems = new ArrayList<>();
  private final List<Problem> warnings = new ArrayList<>();
  private int problemCount;
  private int warningCount;
  private final Map<Names, Map<String, Place>> declared = new HashMap<>();
  private final Map<String, Place> visited = new HashMap<>();
  private final List<Reference> references = new ArrayList<>();
  private final Set<String> secrets = new HashSet<>();

  private record Reference(Names names, String name, Place place) {}

  /** Relative paths in the file are relative to {@code directory}. */
  public Reading(String file, Path directory, Map<String, String> environment) {
    this(file, directory, environment, null);
  }

  /**
   * As above; {@code bounds} are the only files and variables that the content may name; null
   * allows any.
   */
  public Reading(
      String file, Path directory, Map<String, String> environment, @Nullable Mentions bounds) {
    this.file = file;
    this.directory = directory;
    this.environment = Map.copyOf(environment);
    this.bounds = bounds;
  }

  public void problem(Place place, String finding, String expected, String remedy) {
    problemCount++;
    if (problems.size() < MOST) {
      problems.add(new Problem(file, place.line(), place.path(), finding, expected, remedy));
    }
  }

  public void warning(Place place, String finding, String expected, String remedy) {
    warningCount++;
    if (warnings.size() < MOST) {
      warnings.add(new Problem(file, place.line(), place.path(), finding, expected, remedy));
    }
  }

  /** The problems found first, in the order of the file; the last one says if there are more. */
  public List<Problem> problems() {
    return listed(problems, problemCount, "problems");
  }

  /** As {@link #problems}. */
  public List<Problem> warnings() {
    return listed(warnings, warningCount, "warnings");
  }

  /**
   * Whether there are more problems than are kept. What has not been read yet need not be: the file
   * is refused.
   */
  public boolean isFull() {
    return problemCount > MOST;
  }

  /** The same file, for an attempt whose problems are discarded. */
  Reading unheard() {
    Reading unheard = new Reading(file, directory, environment, bounds);
    unheard.checksFiles = checksFiles;
    return unheard;
  }

  /** Another process reads the files that the content names: this one need not be able to. */
  public void leaveFilesUnchecked() {
    checksFiles = false;
  }

  /** Whether files that the configuration names are read. */
  public boolean checksFiles() {
    return checksFiles;
  }

  void visited(Place place) {
    visited.put(place.path(), place);
  }

  /** The position of a path; {@code otherwise} if the file does not contain it. */
  public Place placeOf(String path, Place otherwise) {
    return visited.getOrDefault(path, otherwise);
  }

  /** Hides the value at this position from all output. */
  void hide(Place place) {
    secrets.add(place.path());
  }

  boolean isSecret(Place place) {
    return secrets.contains(place.path());
  }

  int problemCount() {
    return problemCount;
  }

  /** Resolves a path relative to the directory of the file. */
  public Path resolve(String path) {
    return directory.resolve(path).normalize();
  }

  /** The value of a variable. From now on messages show {@code written} in its place. */
  @Nullable String variable(String name, String written) {
    variables.add(name);
    String value = environment.get(name);
    if (value != null) {
      mask.add(value, written);
    }
    return value;
  }

  /**
   * Called before the environment is read: the answer must not depend on whether the variable
   * exists.
   */
  boolean mayUseVariable(String name) {
    return bounds == null || bounds.variables().contains(name);
  }

  /**
   * Called before the file system is accessed: the answer must not depend on whether the file
   * exists.
   */
  public boolean mayName(Path path) {
    files.add(path);
    return bounds == null || bounds.files().contains(path);
  }

  /** The files and variables named so far. */
  public Mentions mentions() {
    return new Mentions(files, variables);
  }

  /** For other code that writes messages about this file. */
  public Mask mask() {
    return mask;
  }

  /** Declares a name that must be unique among {@code names}. */
  public void declare(Names names, String name, Place place) {
    Place first =
        declared.computeIfAbsent(names, n -> new LinkedHashMap<>()).putIfAbsent(name, place);
    if (first != null) {
      problem(
          place,
          "the "
              + names.noun()
              + " "
              + Quoted.of(name)
              + " is taken by "
              + first.path()
              + " at line "
              + first.line(),
          "one " + names.noun() + " each",
          "");
    }
  }

  /**
   * Registers a reference that {@link #resolveReferences} will look up among the declared names.
   */
  public void refer(Names names, String name, Place place) {
    references.add(new Reference(names, name, place));
  }

  /** Checks all references. Call it once, after everything has been read. */
  public void resolveReferences() {
    for (Reference reference : references) {
      if (isFull()) {
        return;
      }
      Map<String, Place> known = declared.getOrDefault(reference.names, Map.of());
      if (known.containsKey(reference.name) || known.isEmpty()) {
        // An empty set of names is a separate problem that has already been reported.
        continue;
      }
      String noun = reference.names.noun();
      String near = Nearest.to(reference.name, known.keySet());
      problem(
          reference.place,
          "there is no " + noun + " named " + Quoted.of(reference.name),
          oneOf(known.keySet()),
          near == null ? "" : "did you mean " + Quoted.of(near) + "?");
    }
  }

  private static String oneOf(Set<String> names) {
    List<String> usable = names.stream().filter(Kinds::isName).sorted().toList();
    int more = usable.size() - MOST_NAMES;
    return more > 0
        ? String.join(", ", usable.subList(0, MOST_NAMES)) + " or one of " + more + " more"
        : Form.or(usable);
  }

  private List<Problem> listed(List<Problem> found, int count, String noun) {
    List<Problem> listed = new ArrayList<>(found);
    listed.sort(Comparator.comparingInt(Problem::line));
    if (count > found.size()) {
      listed.add(
          new Problem(
              file, 0, "", "has more than " + MOST + " " + noun, "", "correct these first"));
    }
    return List.copyOf(mask.hide(listed));
  }
}
