package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The tables of proofs name existing tests: each row names a test or a run, or states why there is
 * none. {@link ProofsIT} checks at the end of a full build that they ran and passed.
 */
class ProofGuideTest {
  static final Pattern NAMED = Pattern.compile("`(\\w+(?:Test|IT))(?:\\.(\\w+))?`");
  static final Path ROOT = SourceTree.root();

  @ParameterizedTest
  @ValueSource(strings = {"docs/conformance.md", "docs/reliability.md", "SECURITY.md"})
  void everyTestThatIsNamedExists(String guide) throws IOException {
    Map<String, String> sources = sources();
    String text = Files.readString(ROOT.resolve(guide));
    Matcher named = NAMED.matcher(text);
    List<String> missing = new ArrayList<>();
    int count = 0;
    while (named.find()) {
      count++;
      String source = sources.get(named.group(1));
      String method = named.group(2);
      if (source == null || method != null && !source.contains("void " + method + "(")) {
        missing.add(named.group());
      }
    }
    assertThat(missing).as("named in %s, but there is none", guide).isEmpty();
    assertThat(count).isGreaterThan(15);
  }

  @Test
  void everyRowOfTheTablesNamesATestOrSaysThatItDoesNotApply() throws IOException {
    for (String guide : List.of("docs/conformance.md", "docs/reliability.md")) {
      List<String> rows = provedRows(Files.readAllLines(ROOT.resolve(guide)));
      assertThat(rows).hasSizeGreaterThan(20);
      assertThat(rows)
          .as(guide)
          .allMatch(
              row ->
                  NAMED.matcher(row).find()
                      || row.contains("not applicable")
                      || row.contains("recorded run")
                      || row.contains("on purpose"));
    }
  }

  /**
   * The rows of the tables whose last column is the test; other tables are about other
   * observations.
   */
  private static List<String> provedRows(List<String> lines) {
    List<String> rows = new ArrayList<>();
    boolean proves = false;
    for (String line : lines) {
      if (!line.startsWith("|")) {
        proves = false;
      } else if (line.endsWith("| test |")) {
        proves = true;
      } else if (proves && line.startsWith("| ")) {
        rows.add(line);
      }
    }
    return rows;
  }

  private static Map<String, String> sources() throws IOException {
    Map<String, String> sources = new TreeMap<>();
    try (Stream<Path> all = Files.walk(ROOT)) {
      for (Path path : all.filter(ProofGuideTest::isTest).toList()) {
        String name = path.getFileName().toString();
        sources.put(name.substring(0, name.length() - ".java".length()), Files.readString(path));
      }
    }
    return sources;
  }

  private static boolean isTest(Path path) {
    String text = path.toString();
    return text.contains("/src/test/java/") && text.endsWith(".java");
  }
}
