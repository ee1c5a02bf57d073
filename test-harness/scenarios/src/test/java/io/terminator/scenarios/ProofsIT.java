package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * The tests named in the guides ran in this build and passed. It runs last in a full build and
 * reads the reports of the other tests. A test that was skipped because a program is missing fails
 * in CI ({@code CI=true}) by itself.
 */
@Tag("proofs")
class ProofsIT {
  /** The start of the build; older reports belong to another build. */
  private static final Instant STARTED = Instant.parse(System.getProperty("build.started"));

  /** The result of one test method, over all its parameters. */
  private static final class Result {
    private int passed;
    private int skipped;
    private int failed;
  }

  @ParameterizedTest
  @ValueSource(strings = {"docs/conformance.md", "docs/reliability.md", "SECURITY.md"})
  void everyTestThatIsNamedRanAndPassed(String guide) throws Exception {
    Map<String, Result> results = results();
    List<String> unproved = new ArrayList<>();
    int count = 0;
    Matcher named =
        ProofGuideTest.NAMED.matcher(Files.readString(ProofGuideTest.ROOT.resolve(guide)));
    while (named.find()) {
      count++;
      String name = named.group(2) == null ? named.group(1) : named.group(1) + "." + named.group(2);
      Result result = results.get(name);
      if (result == null) {
        unproved.add(name + " did not run");
      } else if (result.failed > 0) {
        unproved.add(name + " failed");
      } else if (result.passed == 0 && result.skipped == 0) {
        unproved.add(name + " has no result");
      }
    }
    assertThat(unproved).as("named in %s", guide).isEmpty();
    assertThat(count).isGreaterThan(15);
  }

  /** By class, and by class and method. */
  private static Map<String, Result> results() throws Exception {
    DocumentBuilder parser = DocumentBuilderFactory.newInstance().newDocumentBuilder();
    Map<String, Result> results = new HashMap<>();
    for (Path report : reports()) {
      Document document = parser.parse(report.toFile());
      NodeList cases = document.getElementsByTagName("testcase");
      for (int i = 0; i < cases.getLength(); i++) {
        Element one = (Element) cases.item(i);
        // The class may bear the name of its execution: io.terminator.scenarios.DrainIT(alone).
        String type = one.getAttribute("classname").replaceAll("\\(.*", "").replaceAll(".*\\.", "");
        String method = one.getAttribute("name").replaceAll("\\W.*", "");
        note(one, results.computeIfAbsent(type, unused -> new Result()));
        note(one, results.computeIfAbsent(type + "." + method, unused -> new Result()));
      }
    }
    return results;
  }

  private static void note(Element one, Result result) {
    if (one.getElementsByTagName("failure").getLength() > 0
        || one.getElementsByTagName("error").getLength() > 0) {
      result.failed++;
    } else if (one.getElementsByTagName("skipped").getLength() > 0) {
      result.skipped++;
    } else {
      result.passed++;
    }
  }

  private static List<Path> reports() throws IOException {
    List<Path> reports = new ArrayList<>();
    try (Stream<Path> all = Files.walk(ProofGuideTest.ROOT, 5)) {
      for (Path path : all.filter(ProofsIT::isReport).toList()) {
        if (!Files.getLastModifiedTime(path).toInstant().isBefore(STARTED)) {
          reports.add(path);
        }
      }
    }
    return reports;
  }

  private static boolean isReport(Path path) {
    String directory = path.getParent().getFileName().toString();
    String name = path.getFileName().toString();
    return directory.matches("(surefire|failsafe)-reports") && name.matches("TEST-.*\\.xml");
  }
}
