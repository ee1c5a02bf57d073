package io.terminator.core.observe;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CountersTest {

  /** Like the enum of a package. */
  private enum Fruit implements Counted {
    APPLE,
    PEAR;

    @Override
    public Series series() {
      return Series.counter("fruit", "Fruit by kind.").with("kind", name());
    }
  }

  private final Map<Counted, Long> read = new LinkedHashMap<>();

  @Test
  void exportsWhatAPackageAskedForAndNothingElse() {
    Counters counters = new Counters();
    counters.forEach(read::put);
    assertThat(read).isEmpty();

    counters.of(Fruit.class).add(Fruit.PEAR, 3);

    counters.forEach(read::put);
    assertThat(read).isEqualTo(Map.of(Fruit.APPLE, 0L, Fruit.PEAR, 3L));
    assertThat(counters.of(Fruit.class)).isSameAs(counters.of(Fruit.class));
  }

  @Test
  void countsFromAnyThreadBesideTheWorkers() throws InterruptedException {
    SharedCounterSet<Fruit> counters = new SharedCounterSet<>(Fruit.class);
    Runnable eat =
        () -> {
          for (int i = 0; i < 10_000; i++) {
            counters.add(Fruit.APPLE);
          }
        };
    Thread other = new Thread(eat);
    other.start();
    eat.run();
    other.join();
    counters.forEach(read::put);
    assertThat(read).isEqualTo(Map.of(Fruit.APPLE, 20_000L, Fruit.PEAR, 0L));
  }
}
