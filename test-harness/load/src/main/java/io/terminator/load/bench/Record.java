package io.terminator.load.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Stores a result: JSON next to the harness, tables in the generated part of the documentation. */
final class Record {
  static final String BEGIN = "<!-- results: written by `test-harness/load/bench --record` -->";
  static final String END = "<!-- end of results -->";

  private final Path home;

  Record(Path home) {
    this.home = home;
  }

  void keep(Result result, String report) throws IOException {
    String date = result.surroundings().getOrDefault("date", "undated").replace(':', '-');
    Path json = home.resolve("test-harness/load/results").resolve(date + ".json");
    new JsonReport(result).writeTo(json);
    Path page = home.resolve("docs/benchmarks.md");
    Files.writeString(
        page, replaced(Files.readString(page), report, json.getFileName().toString()));
  }

  /** {@code page} with {@code report} between the markers. */
  static String replaced(String page, String report, String json) {
    int begin = page.indexOf(BEGIN);
    int end = page.indexOf(END);
    if (begin < 0 || end < begin) {
      throw new IllegalStateException(
          "docs/benchmarks.md has no place for results. Expected the lines "
              + BEGIN
              + " and "
              + END);
    }
    return page.substring(0, begin + BEGIN.length())
        + "\n\nAll figures and samples: [`"
        + json
        + "`](../test-harness/load/results/"
        + json
        + ").\n\n"
        + report.strip()
        + "\n\n"
        + page.substring(end);
  }
}
