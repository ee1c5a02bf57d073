package io.terminator.tls.failure;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Labels of metrics come from a closed set: no text or number of a peer becomes one. */
class TlsFailureTest {
  private static final int MOST_LABELS = 64;

  @Test
  void noTextOfAPeerBecomesALabel() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    Set<String> before = labels(random);
    for (int i = 0; i < 20; i++) {
      assertThat(labels(random)).as("seed %d", seed).isEqualTo(before);
    }
    // Empty: not counted.
    assertThat(before).hasSizeBetween(20, MOST_LABELS).allMatch(each -> each.matches("[a-z0-9_]*"));
  }

  private static Set<String> labels(Random random) throws Exception {
    Set<String> labels = new TreeSet<>();
    for (Class<?> kind : TlsFailure.class.getPermittedSubclasses()) {
      for (Object failure : instances(kind, random)) {
        labels.add(((TlsFailure) failure).label());
      }
    }
    return labels;
  }

  private static List<?> instances(Class<?> kind, Random random) throws Exception {
    if (kind.isEnum()) {
      return Arrays.asList(kind.getEnumConstants());
    }
    RecordComponent[] components = kind.getRecordComponents();
    Class<?>[] types =
        Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
    List<Object[]> arguments = new ArrayList<>();
    arguments.add(new Object[types.length]);
    for (int i = 0; i < types.length; i++) {
      List<Object[]> next = new ArrayList<>();
      for (Object value : values(types[i], random)) {
        for (Object[] each : arguments) {
          Object[] copy = each.clone();
          copy[i] = value;
          next.add(copy);
        }
      }
      arguments = next;
    }
    List<Object> instances = new ArrayList<>();
    for (Object[] each : arguments) {
      instances.add(kind.getDeclaredConstructor(types).newInstance(each));
    }
    return instances;
  }

  /** All values of a closed type, a few of an open one. */
  private static List<@Nullable Object> values(Class<?> type, Random random) {
    if (type.isEnum()) {
      return Arrays.asList((Object[]) type.getEnumConstants());
    }
    if (type == boolean.class) {
      return List.of(true, false);
    }
    if (type == int.class) {
      // Every code that an alert can have.
      return new ArrayList<>(IntStream.range(0, 256).boxed().toList());
    }
    if (type == String.class) {
      return List.of("EXCESSIVE_MESSAGE_SIZE", Long.toHexString(random.nextLong()));
    }
    List<@Nullable Object> none = new ArrayList<>();
    none.add(null);
    return none;
  }
}
