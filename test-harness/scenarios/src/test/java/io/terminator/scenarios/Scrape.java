package io.terminator.scenarios;

import java.util.Arrays;
import java.util.List;

/** The text of one scrape. */
record Scrape(String text) {

  /**
   * The sum over the series of {@code series}, written as {@code name{label="value"}}; they may
   * have more labels. -1 if there is none.
   */
  double sum(String series) {
    String name = series.replaceFirst("\\{.*", "");
    List<String> labels =
        Arrays.stream(series.substring(name.length()).split("[{},]"))
            .filter(label -> !label.isEmpty())
            .toList();
    return text.lines()
        .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
        .filter(line -> labels.stream().allMatch(line::contains))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .reduce(Double::sum)
        .orElse(-1);
  }
}
