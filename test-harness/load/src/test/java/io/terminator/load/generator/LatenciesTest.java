package io.terminator.load.generator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class LatenciesTest {

  @Test
  void percentilesAreWithinABucketOfTheTruth() {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    SplittableRandom random = new SplittableRandom(seed);
    long[] values = new long[20_000];
    Latencies latencies = new Latencies();
    for (int i = 0; i < values.length; i++) {
      values[i] = (long) Math.exp(random.nextDouble() * 30);
      latencies.record(values[i]);
    }
    Arrays.sort(values);

    for (double share : new double[] {0.001, 0.5, 0.9, 0.99, 0.999, 1}) {
      long truth = values[(int) Math.ceil(share * values.length) - 1];
      assertThat((double) latencies.percentile(share))
          .as("share %s", share)
          .isCloseTo(truth, Percentage.withPercentage(1.6));
    }
    assertThat(latencies.max()).isEqualTo(values[values.length - 1]);
  }

  @Test
  void holdsTheSmallestAndTheLargest() {
    Latencies latencies = new Latencies();
    latencies.record(0);
    latencies.record(Long.MAX_VALUE);

    assertThat(latencies.percentile(0.5)).isZero();
    assertThat(latencies.percentile(1)).isEqualTo(Long.MAX_VALUE);
    assertThat((double) latencies.count()).isCloseTo(2, within(0.0));
  }

  @Test
  void nothingRecordedIsZero() {
    assertThat(new Latencies().percentile(0.99)).isZero();
  }
}
