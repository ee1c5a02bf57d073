package io.terminator.tls.certificate.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HostIndexTest {

  @Test
  void agreesWithAHashMapThroughRandomChanges() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    // Few keys, so that most already exist, and short ones of two letters, whose hashes collide.
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      keys.add(
          i % 2 == 0 ? "host" + i : "" + (char) random.nextInt(200) + (char) random.nextInt(200));
    }
    Map<String, Integer> expected = new HashMap<>();
    HostIndex<Integer> index = HostIndex.empty();
    for (int step = 0; step < 20_000; step++) {
      String key = keys.get(random.nextInt(keys.size()));
      if (random.nextInt(3) == 0) {
        expected.remove(key);
        index = index.without(key);
      } else {
        expected.put(key, step);
        index = index.with(key, step);
      }
      assertThat(index.size()).as("seed %s, step %s", seed, step).isEqualTo(expected.size());
      assertThat(index.get(key)).as("seed %s, step %s", seed, step).isEqualTo(expected.get(key));
    }
    assertThat(contents(index)).as("seed %s", seed).isEqualTo(expected);
    for (String key : keys) {
      assertThat(index.get(key)).as("seed %s", seed).isEqualTo(expected.get(key));
    }
  }

  @Test
  void tellsKeysOfEqualHashApart() {
    List<String> equal = List.of("AaAaAa", "AaAaBB", "AaBBAa", "BBAaAa", "BBBBBB");
    HostIndex<String> index = HostIndex.empty();
    for (String key : equal) {
      assertThat(key.hashCode()).isEqualTo(equal.get(0).hashCode());
      index = index.with(key, key);
    }

    assertThat(index.size()).isEqualTo(5);
    for (String key : equal) {
      assertThat(index.get(key)).isEqualTo(key);
    }
    assertThat(index.get("AaBBBB")).isNull();
    for (String key : equal) {
      index = index.without(key);
      assertThat(index.get(key)).isNull();
    }
    assertThat(index.size()).isZero();
    assertThat(contents(index)).isEmpty();
  }

  @Test
  void neverChangesAnEarlierOne() {
    HostIndex<Integer> before = HostIndex.empty();
    for (int i = 0; i < 1000; i++) {
      before = before.with("host" + i, i);
    }
    HostIndex<Integer> after = before.with("host7", -7).without("host8").with("new", 1);

    assertThat(before.get("host7")).isEqualTo(7);
    assertThat(before.get("host8")).isEqualTo(8);
    assertThat(before.get("new")).isNull();
    assertThat(after.get("host7")).isEqualTo(-7);
    assertThat(after.get("host8")).isNull();
    assertThat(after.get("host9")).isEqualTo(9);
    assertThat(before.size()).isEqualTo(1000);
    assertThat(after.size()).isEqualTo(1000);
  }

  private static <V> Map<String, V> contents(HostIndex<V> index) {
    Map<String, V> contents = new HashMap<>();
    index.forEach(contents::put);
    return contents;
  }
}
