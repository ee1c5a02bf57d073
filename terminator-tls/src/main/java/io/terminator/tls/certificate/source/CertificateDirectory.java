package io.terminator.tls.certificate.source;

import io.terminator.core.file.BoundedFile;
import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.credential.CredentialChange;
import io.terminator.tls.certificate.credential.CredentialProblem;
import io.terminator.tls.certificate.credential.CredentialProblem.Kind;
import io.terminator.tls.certificate.credential.ReportedProblem;
import io.terminator.tls.certificate.reader.CertificateFiles;
import io.terminator.tls.certificate.reader.CredentialLoader;
import io.terminator.tls.certificate.reader.FileStamp;
import io.terminator.tls.certificate.reader.PublicKeyCheck;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * All credentials in a directory tree, in the layout of any supported tool ({@link
 * DirectoryLayout}). Names and order are the same on every machine: {@code default} first, then by
 * name.
 */
final class CertificateDirectory implements CertificateSource {
  private static final String DEFAULT = "default";

  private static final Comparator<String> DEFAULT_FIRST =
      Comparator.comparing((String name) -> !name.equals(DEFAULT))
          .thenComparing(Comparator.naturalOrder());

  /**
   * From this number on, the first load trusts public keys as stated, because computing them would
   * take too long.
   */
  private static final int MANY = 1000;

  private final Path root;
  private final CredentialLoader loader;

  /** By directory, then stem: all credentials that were found and are not known to be removed. */
  private final NavigableMap<Path, NavigableMap<String, SourceEntry>> entries = new TreeMap<>();

  private NavigableMap<String, SourceEntry> byName = new TreeMap<>(DEFAULT_FIRST);
  private final Set<SourceEntry> missing = new HashSet<>();
  private boolean hasRivals;
  private boolean isUnsettled;
  private long looks;
  private List<ReportedProblem> ownProblems = List.of();
  private final Set<Path> links = new HashSet<>();
  private Set<Path> directories;

  CertificateDirectory(Path root, CredentialLoader loader) {
    // Absolute, because the events of the parent directory have absolute paths.
    this.root = root.toAbsolutePath();
    this.directories = Set.of(this.root);
    this.loader = loader;
  }

  @Override
  public List<CredentialChange> refresh(Scan scan) {
    Set<Path> touched = scan.touched();
    if (touched != null) {
      touched = touched.stream().filter(this::isConcerned).collect(Collectors.toSet());
      if (touched.isEmpty() && missing.isEmpty()) {
        return List.of();
      }
    }
    if (touched != null && touched.stream().allMatch(this::isOfOneStem) && !hasRivals) {
      List<CredentialChange> changes = new ArrayList<>();
      for (Path file : touched) {
        refreshOne(file, scan, changes);
      }
      boolean isAnyGone = false;
      for (SourceEntry entry : missing) {
        isAnyGone |= entry.isGone(scan.time(), scan.grace());
      }
      if (isAnyGone) {
        // The complete scan tells removed files from a directory that is gone or empty as a whole.
        changes.addAll(refreshAll(scan));
      }
      return changes;
    }
    return refreshAll(scan);
  }

  private boolean isConcerned(Path path) {
    Path above = path.getParent();
    return root.startsWith(path)
        || above != null && directories.contains(above) && isInside(above)
        || LinkTargets.hops(root).contains(path);
  }

  /**
   * In the tree and at link targets every change matters; in the root's parent only changes of the
   * root do.
   */
  private boolean isInside(Path directory) {
    return directory.startsWith(root)
        || entries.containsKey(directory)
        || links.contains(directory);
  }

  /** Whether a change of {@code file} can affect only one credential, which its name identifies. */
  private boolean isOfOneStem(Path file) {
    Path directory = file.getParent();
    NavigableMap<String, SourceEntry> beside = directory == null ? null : entries.get(directory);
    return beside != null
        && !beside.containsKey(DirectoryLayout.DIRECTORY)
        && !entries.containsKey(file)
        && DirectoryLayout.stemOf(file.getFileName().toString()) != null
        && !isDirectory(file);
  }

  /** True also if {@code file} does not answer in time: the complete scan then reports it. */
  private static boolean isDirectory(Path file) {
    try {
      return BoundedFile.walk(file, step -> Files.isDirectory(file));
    } catch (IOException unanswered) {
      return true;
    }
  }

  private void refreshOne(Path file, Scan scan, List<CredentialChange> changes) {
    Path directory = Objects.requireNonNull(file.getParent());
    String stem = Objects.requireNonNull(DirectoryLayout.stemOf(file.getFileName().toString()));
    Set<String> names;
    try {
      names = BoundedFile.walk(directory, step -> present(directory, stem));
    } catch (IOException stuck) {
      // The next complete scan reports it.
      return;
    }
    Map<String, SourceEntry> beside = Objects.requireNonNull(entries.get(directory));
    SourceEntry entry = beside.get(stem);
    for (DirectoryLayout.Pairing pairing : DirectoryLayout.pairings(names)) {
      if (!pairing.stem().equals(stem)) {
        continue;
      }
      CertificateFiles files = files(directory, prefix(directory), pairing);
      if (entry == null) {
        if (byName.containsKey(files.name())) {
          // Two credentials claim one name: the result must not depend on which was found first.
          changes.addAll(refreshAll(scan));
          return;
        }
        entry = new SourceEntry(files);
        beside.put(stem, entry);
        byName.put(files.name(), entry);
      }
      Credential before = entry.serving();
      missing.remove(entry);
      entry.ignore(ignored(directory, pairing));
      entry.refresh(files, files.stamp(), true, loader, scan.time(), PublicKeyCheck.COMPUTED);
      addChange(files.name(), before, entry.serving(), changes);
      if (links.addAll(entry.links())) {
        collectDirectories();
      }
      return;
    }
    if (entry != null) {
      missing.add(entry);
    }
  }

  private static Set<String> present(Path directory, String stem) {
    NavigableSet<String> names = new TreeSet<>(DirectoryLayout.namesOf(stem));
    names.removeIf(name -> !Files.exists(directory.resolve(name)));
    return names;
  }

  private static void addChange(
      String name,
      @Nullable Credential before,
      @Nullable Credential after,
      List<CredentialChange> changes) {
    if (before != after) {
      changes.add(new CredentialChange(name, before, after));
    }
  }

  private List<CredentialChange> refreshAll(Scan scan) {
    DirectoryTree tree = DirectoryTree.of(root);
    List<CredentialProblem> problems = new ArrayList<>(tree.problems());
    if (tree.isEmpty() && problems.isEmpty()) {
      problems.add(
          new CredentialProblem(
              Kind.NO_CERTIFICATES,
              root.toString(),
              "contains no file. "
                  + (byName.isEmpty() ? "" : "Its previous content stays in service. ")
                  + "Expected certificates and their keys"));
    }
    reportOwn(problems, scan.time());
    // An unmounted volume appears as an empty directory.
    if (tree.unreadable().contains(root) || tree.isEmpty()) {
      missing.clear();
      return List.of();
    }
    Map<String, Credential> before = new HashMap<>();
    credentials().forEach(credential -> before.put(credential.name(), credential));
    List<Reading> readings = new ArrayList<>();
    looks++;
    tree.files().forEach((directory, names) -> lookInto(directory, names, readings));
    removeOthers(tree, scan);
    settleNames(scan.time());
    // Files that lose their name are not read. Public keys are computed wherever a good credential
    // could be replaced.
    PublicKeyCheck stated =
        before.isEmpty() && readings.size() >= MANY
            ? PublicKeyCheck.AS_STATED
            : PublicKeyCheck.COMPUTED;
    (readings.size() < DirectoryTree.FEW ? readings.stream() : readings.parallelStream())
        .filter(reading -> byName.get(reading.files().name()) == reading.entry())
        .forEach(
            reading ->
                reading
                    .entry()
                    .refresh(reading.files(), reading.stamp(), false, loader, scan.time(), stated));
    links.clear();
    entries.values().stream()
        .flatMap(beside -> beside.values().stream())
        .forEach(entry -> links.addAll(entry.links()));
    collectDirectories();
    return changesSince(before);
  }

  private void collectDirectories() {
    Set<Path> all = new HashSet<>(entries.keySet());
    all.add(root);
    all.addAll(links);
    directories = Set.copyOf(all);
  }

  private void reportOwn(List<CredentialProblem> problems, Instant time) {
    List<ReportedProblem> reported = new ArrayList<>();
    for (CredentialProblem problem : problems) {
      Instant since = time;
      for (ReportedProblem known : ownProblems) {
        if (known.problem().equals(problem)) {
          since = known.since();
        }
      }
      reported.add(new ReportedProblem(root.toString(), problem, since, !byName.isEmpty()));
    }
    ownProblems = List.copyOf(reported);
  }

  private record Reading(SourceEntry entry, CertificateFiles files, FileStamp stamp) {}

  private void lookInto(Path directory, Map<String, FileStamp> names, List<Reading> readings) {
    NavigableMap<String, SourceEntry> beside =
        entries.computeIfAbsent(directory, path -> new TreeMap<>());
    String prefix = prefix(directory);
    for (DirectoryLayout.Pairing pairing : DirectoryLayout.pairings(names.keySet())) {
      CertificateFiles files = files(directory, prefix, pairing);
      SourceEntry entry = beside.get(pairing.stem());
      if (entry == null) {
        entry = new SourceEntry(files);
        beside.put(pairing.stem(), entry);
        isUnsettled = true;
      }
      entry.ignore(ignored(directory, pairing));
      entry.see(looks);
      readings.add(new Reading(entry, files, stamp(pairing, names)));
    }
  }

  /** Like {@link CertificateFiles#stamp}, from the directory listing. */
  private static FileStamp stamp(DirectoryLayout.Pairing pairing, Map<String, FileStamp> names) {
    FileStamp none = new FileStamp(0, false);
    FileStamp stamp = names.getOrDefault(pairing.chain(), none);
    if (!pairing.key().equals(pairing.chain())) {
      stamp = stamp.and(names.getOrDefault(pairing.key(), none));
    }
    for (String password : Arrays.asList(pairing.password(), pairing.keyPassword())) {
      stamp = password == null ? stamp : stamp.and(names.getOrDefault(password, none));
    }
    return stamp;
  }

  private void removeOthers(DirectoryTree tree, Scan scan) {
    missing.clear();
    entries.forEach(
        (directory, beside) -> {
          if (tree.unreadable().stream().noneMatch(directory::startsWith)) {
            isUnsettled |= beside.values().removeIf(entry -> isGone(entry, scan));
          }
        });
    // An empty directory stays, because it is watched for its first file.
    entries
        .entrySet()
        .removeIf(known -> known.getValue().isEmpty() && !tree.files().containsKey(known.getKey()));
  }

  private boolean isGone(SourceEntry entry, Scan scan) {
    if (!entry.isUnseen(looks)) {
      return false;
    }
    boolean isGone = entry.isGone(scan.time(), scan.grace());
    if (!isGone) {
      missing.add(entry);
    }
    return isGone;
  }

  /** If several credentials claim a name, the first by path keeps it. */
  private void settleNames(Instant time) {
    if (!isUnsettled) {
      return;
    }
    isUnsettled = false;
    NavigableMap<String, SourceEntry> names = new TreeMap<>(DEFAULT_FIRST);
    hasRivals = false;
    for (NavigableMap<String, SourceEntry> beside : entries.values()) {
      for (SourceEntry entry : beside.values()) {
        SourceEntry winner = names.putIfAbsent(entry.files().name(), entry);
        if (winner != null) {
          hasRivals = true;
          entry.refuse(taken(entry.files().chain(), winner.files()), time);
        }
      }
    }
    byName = names;
  }

  private List<CredentialChange> changesSince(Map<String, Credential> before) {
    List<CredentialChange> changes = new ArrayList<>();
    byName.forEach((name, entry) -> addChange(name, before.remove(name), entry.serving(), changes));
    new TreeMap<>(before).forEach((name, gone) -> addChange(name, gone, null, changes));
    return changes;
  }

  private static List<CredentialProblem> ignored(Path directory, DirectoryLayout.Pairing pairing) {
    return pairing.ignored().stream()
        .map(
            name ->
                taken(
                    directory.resolve(name),
                    new CertificateFiles(
                        pairing.stem().isEmpty() ? name : pairing.stem(),
                        directory.resolve(pairing.chain()),
                        directory.resolve(pairing.key()))))
        .toList();
  }

  private static CredentialProblem taken(Path loser, CertificateFiles winner) {
    return new CredentialProblem(
        Kind.NAME_TAKEN,
        loser.toString(),
        "is ignored, because "
            + winner.chain()
            + " claims the name \""
            + winner.name()
            + "\" too and comes first. Rename or remove one of them");
  }

  private CertificateFiles files(Path directory, String prefix, DirectoryLayout.Pairing pairing) {
    Path chain = directory.resolve(pairing.chain());
    return new CertificateFiles(
        name(prefix, pairing.stem()),
        chain,
        pairing.key().equals(pairing.chain()) ? chain : directory.resolve(pairing.key()),
        null,
        pairing.password() == null ? null : directory.resolve(pairing.password()),
        null,
        pairing.keyPassword() == null ? null : directory.resolve(pairing.keyPassword()));
  }

  /** The path from the root; certbot's {@code live} is omitted. */
  private String prefix(Path directory) {
    List<String> parts = new ArrayList<>();
    for (Path part : root.relativize(directory)) {
      parts.add(part.toString());
    }
    parts.remove("");
    if (!parts.isEmpty() && parts.get(0).equals("live")) {
      parts.remove(0);
    }
    return String.join("~", parts);
  }

  /** The name appears in URLs and labels, so it contains neither slashes nor spaces. */
  private String name(String prefix, String stem) {
    String name = prefix.isEmpty() || stem.isEmpty() ? prefix + stem : prefix + "~" + stem;
    if (name.isEmpty()) {
      Path last = root.normalize().getFileName();
      name = last == null ? "default" : last.toString();
    }
    StringBuilder fit = new StringBuilder(name.length());
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean isFit =
          c >= 'A' && c <= 'Z'
              || c >= 'a' && c <= 'z'
              || c >= '0' && c <= '9'
              || "._@+~-".indexOf(c) >= 0;
      fit.append(isFit ? c : '_');
    }
    return fit.toString();
  }

  @Override
  public @Nullable Credential find(String name) {
    SourceEntry entry = byName.get(name);
    return entry == null ? null : entry.serving();
  }

  @Override
  public Collection<Credential> credentials() {
    List<Credential> credentials = new ArrayList<>(byName.size());
    for (SourceEntry entry : byName.values()) {
      Credential serving = entry.serving();
      if (serving != null) {
        credentials.add(serving);
      }
    }
    return credentials;
  }

  @Override
  public @Nullable String defaultName() {
    return find(DEFAULT) == null ? null : DEFAULT;
  }

  @Override
  public List<ReportedProblem> problems() {
    List<ReportedProblem> problems = new ArrayList<>(ownProblems);
    for (NavigableMap<String, SourceEntry> beside : entries.values()) {
      for (SourceEntry entry : beside.values()) {
        if (!entry.isNoIdentity()) {
          problems.addAll(entry.reported());
        }
      }
    }
    return problems;
  }

  @Override
  public Set<Path> directories() {
    return directories;
  }

  @Override
  public boolean isWaiting() {
    return !missing.isEmpty();
  }
}
