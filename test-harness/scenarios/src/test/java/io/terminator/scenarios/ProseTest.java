package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Phrases that we keep out of documentation, messages and comments, each with what to write
 * instead. A phrase in prose that must be quoted, as here, is written in pieces.
 */
class ProseTest {
  private static final Path ROOT = SourceTree.root();

  private static final Map<String, String> STRUCK =
      Map.ofEntries(
          Map.entry("\\b(go|goes|going) on\\b", "continues, resumes"),
          Map.entry("\\b(serve|serves) on\\b", "stays in service"),
          Map.entry(
              "\\b(count|counts) on\\b(?! (it|the|a|this|that)\\b)",
              "stays active, is still applied"),
          Map.entry("\\bof " + "ours\\b", "our, Terminator's"),
          Map.entry("\\bin " + "vain\\b", "without success"),
          Map.entry("\\blong " + "since\\b(?! *[=;(])", "already"),
          Map.entry(
              "(?<![Tt]here[\\s*]{1,12})\\b(is|are|was|were) no (?!longer\\b|more than\\b|less than\\b|need\\b|such\\b)[a-z]",
              "is not a"),
          Map.entry(
              "(^|[.:;(] |\\* )[Ww]ho (?!(is|are|was|may|can|has)\\b[^.]*\\?)[a-z]",
              "the client that, the process that"),
          Map.entry(
              "\\b(bytes|connections|handshakes|requests|lines|tokens|times|ticks|once|twice|ones|records|clients) a second\\b",
              "per second"),
          Map.entry("\\bsays how\\b[^.;]*\\b(does|do)\\b", "prints the state of"));

  @Test
  void noStruckPhraseIsLeft() throws IOException {
    Map<String, String> found = new TreeMap<>();
    int files = 0;
    for (Path file : files()) {
      files++;
      String prose = prose(file, Files.readString(file));
      for (Map.Entry<String, String> each : STRUCK.entrySet()) {
        Matcher phrase = Pattern.compile(each.getKey(), Pattern.MULTILINE).matcher(prose);
        while (phrase.find()) {
          found.put(
              ROOT.relativize(file) + ":" + line(prose, phrase.start()),
              phrase.group().strip() + " -> " + each.getValue());
        }
      }
    }
    assertThat(files).isGreaterThan(300);
    assertThat(found).as("phrases to be written in plain English, docs/glossary.md").isEmpty();
  }

  @Test
  void theListFindsWhatItIsFor() {
    List<String> bad =
        List.of(
            "reading " + "goes on",
            "the last one " + "serves on",
            "an error of " + "ours",
            "it waited in " + "vain",
            "it is " + "no list",
            "two lines a " + "second",
            "says how it " + "does");
    for (String each : bad) {
      assertThat(STRUCK.keySet())
          .as(each)
          .anyMatch(phrase -> Pattern.compile(phrase).matcher(each).find());
    }
    List<String> good =
        List.of(
            "it is no longer open",
            "a second signal",
            "Who is who?",
            "within a second of a change");
    for (String each : good) {
      assertThat(STRUCK.keySet())
          .as(each)
          .noneMatch(phrase -> Pattern.compile(phrase).matcher(each).find());
    }
  }

  @Test
  void everyTypeInTheGlossaryExists() throws IOException {
    Set<String> types = Set.copyOf(types());
    Matcher named =
        Pattern.compile("`([A-Z][a-z]\\w+)`")
            .matcher(Files.readString(ROOT.resolve("docs/glossary.md")));
    List<String> missing = new ArrayList<>();
    int count = 0;
    while (named.find()) {
      count++;
      if (!types.contains(named.group(1)) && !named.group(1).startsWith("Io")) {
        missing.add(named.group(1));
      }
    }
    assertThat(missing).as("types that the glossary names").isEmpty();
    assertThat(count).isGreaterThan(5);
  }

  /**
   * For Java the comments, with line breaks replaced by spaces of the same length; for other files
   * everything.
   */
  private static String prose(Path file, String text) {
    return file.toString().endsWith(".java")
        ? text.replaceAll("\\n( *)\\* (?=\\S)", "\n$1* ")
        : text;
  }

  private static int line(String text, int at) {
    return (int) text.substring(0, at).chars().filter(c -> c == '\n').count() + 1;
  }

  private static List<Path> files() throws IOException {
    try (Stream<Path> all = Files.walk(ROOT)) {
      return all.filter(Files::isRegularFile).filter(ProseTest::isProse).toList();
    }
  }

  private static boolean isProse(Path file) {
    String name = ROOT.relativize(file).toString();
    if (name.contains("/target/")
        || name.startsWith(".git/")
        || name.endsWith("ProseTest.java")
        || name.contains("/results/")
        || name.contains("FuzzTestInputs/")) {
      return false;
    }
    return name.matches(".*\\.(md|java|yaml|yml|js|html|css|sh)") || name.equals("terminator");
  }

  private static List<String> types() throws IOException {
    try (Stream<Path> all = Files.walk(ROOT)) {
      return all.map(path -> path.getFileName().toString())
          .filter(name -> name.endsWith(".java"))
          .map(name -> name.substring(0, name.length() - ".java".length()))
          .toList();
    }
  }
}
