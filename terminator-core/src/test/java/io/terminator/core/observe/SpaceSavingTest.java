package io.terminator.core.observe;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SpaceSavingTest {
  private static final int CAPACITY = 32;
  private static final int TABLES = 3;

  @Test
  void countsAreExactWhileEveryKeyHasRoom() {
    SpaceSaving<String> table = new SpaceSaving<>(4);
    table.add("a", 10);
    table.add("b", 20);
    table.add("a", 30);
    assertThat(SpaceSaving.top(List.of(table), 10))
        .isEqualTo(
            new SpaceSaving.Top<>(
                List.of(
                    new SpaceSaving.Entry<>("a", 2, 0, 10, 30),
                    new SpaceSaving.Entry<>("b", 1, 0, 20, 20)),
                3,
                0));
  }

  @Test
  void aNewKeyReplacesTheRarestAndInheritsItsCountAsError() {
    SpaceSaving<String> table = new SpaceSaving<>(2);
    table.add("a", 1);
    table.add("a", 2);
    table.add("b", 3);
    table.add("c", 4);
    assertThat(SpaceSaving.top(List.of(table), 10).entries())
        .containsExactly(
            new SpaceSaving.Entry<>("a", 2, 0, 1, 2), new SpaceSaving.Entry<>("c", 2, 1, 4, 4));
  }

  @Test
  void trueCountsAreWithinTheErrorBoundAlsoAcrossWorkers() {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    for (int round = 0; round < 50; round++) {
      List<SpaceSaving<Integer>> tables = new ArrayList<>();
      for (int i = 0; i < TABLES; i++) {
        tables.add(new SpaceSaving<>(CAPACITY));
      }
      Map<Integer, Long> real = new HashMap<>();
      int length = 1 + random.nextInt(20_000);
      double skew = random.nextDouble() * 3;
      for (int i = 0; i < length; i++) {
        int key = (int) (1000 * Math.pow(random.nextDouble(), 1 + skew));
        real.merge(key, 1L, Long::sum);
        tables.get(random.nextInt(TABLES)).add(key, i);
      }
      int most = 1 + random.nextInt(2 * CAPACITY);
      SpaceSaving.Top<Integer> top = SpaceSaving.top(tables, most);
      String about = "seed " + seed + " round " + round;
      assertThat(top.total()).as(about).isEqualTo(length);
      assertThat(top.entries().size()).as(about).isLessThanOrEqualTo(most);
      for (SpaceSaving.Entry<Integer> entry : top.entries()) {
        long truth = real.getOrDefault(entry.key(), 0L);
        assertThat(truth)
            .as(about + " " + entry)
            .isBetween(entry.count() - entry.error(), entry.count());
        real.remove(entry.key());
      }
      real.forEach(
          (key, count) ->
              assertThat(count).as(about + " " + key).isLessThanOrEqualTo(top.unlisted()));
      assertThat(top.unlisted()).as(about).isLessThanOrEqualTo(length);
    }
  }

  @Test
  void aFrequentKeyIsListedWhateverElseComes() {
    SpaceSaving<Integer> table = new SpaceSaving<>(CAPACITY);
    for (int i = 0; i < 10_000; i++) {
      table.add(i % 20 == 0 ? -1 : i, i);
    }
    SpaceSaving.Entry<Integer> first = SpaceSaving.top(List.of(table), 1).entries().get(0);
    assertThat(first.key()).isEqualTo(-1);
    assertThat(first.count() - first.error()).isGreaterThan(400);
  }
}
