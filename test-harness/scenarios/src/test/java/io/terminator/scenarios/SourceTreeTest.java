package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What class files do not show: documents, the links between them, and locks in the source code.
 */
class SourceTreeTest {
  private static final Path ROOT = SourceTree.root();
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
  private static final Pattern RECORD = Pattern.compile("(\\d{4})-[a-z0-9]+(-[a-z0-9]+)*\\.md");
  private static final Pattern LOCK = Pattern.compile("\\bsynchronized\\b");

  /** The exceptions with their reasons; a new one needs an equally good reason. */
  private static final Set<String> MAY_LOCK =
      Set.of(
          // Operators' threads open, close and restart; workers never call it.
          "WorkerGroup.java",
          // Resolution and operators change what workers read as one published list.
          "BackendPool.java",
          // Certificates change on the control plane; a worker reads the published table.
          "Identities.java",
          // Keys change by the clock and by a reload; a worker reads the published list.
          "TicketKeyRing.java",
          // The control plane adds and removes listeners; a worker reads the signer from a volatile
          // field.
          "RsaSigning.java",
          // Uploads and ACME orders encrypt stored keys on control-plane threads; workers never do.
          "KeyEncryption.java",
          // Two workers may ask for one context at once; see the record on identities.
          "Identity.java");

  @Test
  void linksBetweenDocumentsLeadSomewhere() throws IOException {
    List<String> dead = new ArrayList<>();
    int seen = 0;
    for (Path document : files(ROOT, name -> name.endsWith(".md"))) {
      Matcher link = LINK.matcher(Files.readString(document));
      while (link.find()) {
        String target = link.group(1).replaceFirst("#.*", "");
        if (target.isEmpty() || target.contains("://") || target.startsWith("mailto:")) {
          continue;
        }
        seen++;
        if (!Files.exists(document.resolveSibling(target))) {
          dead.add(ROOT.relativize(document) + " -> " + target);
        }
      }
    }
    assertThat(dead).as("links to files that are not there").isEmpty();
    assertThat(seen).as("links found at all").isPositive();
  }

  @Test
  void decisionsAreNumberedOnceAndSayWhatWouldChangeThem() throws IOException {
    Set<String> numbers = new TreeSet<>();
    List<Path> records =
        files(ROOT.resolve("docs/adr"), name -> name.endsWith(".md") && !name.equals("README.md"));
    assertThat(records).isNotEmpty();
    for (Path each : records) {
      Matcher name = RECORD.matcher(each.getFileName().toString());
      assertThat(name.matches()).as(each + " is named 0000-decision-in-words.md").isTrue();
      assertThat(numbers.add(name.group(1))).as("number of " + each + " is its own").isTrue();
      assertThat(Files.readString(each))
          .as(each.toString())
          .startsWith("# ")
          .contains(
              "**Context.**",
              "**Decision.**",
              "**Consequences.**",
              "**What would change our mind.**");
    }
  }

  @Test
  void workersShareNoLock() throws IOException {
    List<String> locks = new ArrayList<>();
    for (String module : List.of("terminator-core", "terminator-tls")) {
      for (Path source : files(ROOT.resolve(module + "/src/main"), n -> n.endsWith(".java"))) {
        if (MAY_LOCK.contains(source.getFileName().toString())) {
          continue;
        }
        int line = 0;
        for (String text : Files.readAllLines(source)) {
          line++;
          String code = text.strip();
          boolean comment = code.startsWith("*") || code.startsWith("/");
          if (!comment && LOCK.matcher(code.replaceFirst("//.*", "")).find()) {
            locks.add(source.getFileName() + ":" + line);
          }
        }
      }
    }
    assertThat(locks)
        .as("a lock on the data path makes one worker wait for another; hand the owner a task")
        .isEmpty();
  }

  private static List<Path> files(Path from, Predicate<String> wanted) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      return all.filter(Files::isRegularFile)
          .filter(each -> wanted.test(each.getFileName().toString()))
          .filter(each -> !isMade(from.relativize(each)))
          .sorted()
          .toList();
    }
  }

  /** Whether it is in a directory that a build or a tool creates. */
  private static boolean isMade(Path path) {
    for (Path part : path) {
      String name = part.toString();
      if (name.equals("target") || name.equals("node_modules") || name.equals(".git")) {
        return true;
      }
    }
    return false;
  }
}
