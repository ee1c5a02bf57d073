package io.terminator.load.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ComparisonTest {

  @Test
  void comparesMediansWithTheBestOfThePeers() {
    Comparison comparison =
        comparison(figures("own", 3, 1, 2), figures("good", 4, 9, 4.5), figures("bad", 5, 6, 7));

    assertThat(comparison.figure("own")).contains(new Spread(2, 1, 3, 3));
    assertThat(comparison.best(target -> !target.equals("own"))).contains("good");
    assertThat(comparison.ratio("own", "good").orElseThrow()).isCloseTo(2 / 4.5, within(1e-9));
  }

  @Test
  void pairsTheRatiosRoundByRound() {
    // The machine is twice as slow in each later round: paired ratios do not care.
    Comparison comparison = comparison(figures("own", 1, 2, 4), figures("peer", 2, 4, 8));

    assertThat(comparison.pairedRatio("own", "peer")).contains(new Spread(0.5, 0.5, 0.5, 3));
  }

  @Test
  void oneVoidRoundVoidsTheTarget() {
    Comparison comparison =
        comparison(
            figures("own", 1, 2),
            figures("peer", 5, 5),
            List.of(Sample.failed("phase", "broken", 1, "wrong bytes")),
            List.of(sample("broken", 2, 0.1)));

    assertThat(comparison.figure("broken")).isEmpty();
    assertThat(comparison.problems("broken")).containsExactly("wrong bytes");
    assertThat(comparison.best(target -> !target.equals("own"))).contains("peer");
    assertThat(comparison.ratio("own", "broken")).isEmpty();
    assertThat(comparison.ratio("broken", "peer")).isEmpty();
  }

  @Test
  void theMedianOfAnEvenNumberIsBetweenTheMiddleTwo() {
    assertThat(Spread.of(List.of(4.0, 1.0, 2.0, 10.0))).isEqualTo(new Spread(3, 1, 10, 4));
  }

  @SafeVarargs
  private static Comparison comparison(List<Sample>... samples) {
    List<Sample> all = new ArrayList<>();
    for (List<Sample> some : samples) {
      all.addAll(some);
    }
    return new Comparison(all);
  }

  private static List<Sample> figures(String target, double... figures) {
    return IntStream.range(0, figures.length)
        .mapToObj(i -> sample(target, i + 1, figures[i]))
        .toList();
  }

  private static Sample sample(String target, int round, double figure) {
    return new Sample("phase", target, round, figure, Map.of(), List.of());
  }
}
