package io.terminator.core.trace;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TracerTest {
  private final Tracer tracer = new Tracer(0.25, false);

  private static Span span(String name) {
    return new Span(SpanIds.root(), name, 1, 2, null, List.of(), List.of());
  }

  private List<String> take(int most) {
    List<Span> taken = new ArrayList<>();
    tracer.takeInto(taken, most);
    return taken.stream().map(Span::name).toList();
  }

  @Test
  void samplesByTheLowerHalfOfTheTrace() {
    long quarter = Long.MAX_VALUE / 4;
    assertThat(tracer.samples(quarter - 1)).isTrue();
    assertThat(tracer.samples(quarter + 1)).isFalse();
    // The sign is not a part of it.
    assertThat(tracer.samples((quarter - 1) | Long.MIN_VALUE)).isTrue();
    assertThat(new Tracer(0, false).samples(0)).isFalse();
    assertThat(new Tracer(1, false).samples(Long.MAX_VALUE - 1)).isTrue();
  }

  @Test
  void countsWhatFindsTheRingFullAndKeepsTheOrder() {
    SpanRing ring = tracer.newRing();
    for (int i = 0; i < 600; i++) {
      ring.add(span("s" + i));
    }
    assertThat(tracer.dropped()).isEqualTo(600 - 512);
    assertThat(take(2)).containsExactly("s0", "s1");
    ring.add(span("late"));
    assertThat(take(1000)).hasSize(511).startsWith("s2").endsWith("s511", "late");
    assertThat(take(1000)).isEmpty();
  }

  @Test
  void aBusyWorkerDoesNotKeepTheOthersWaiting() {
    SpanRing busy = tracer.newRing();
    SpanRing quiet = tracer.newRing();
    quiet.add(span("quiet"));
    List<String> taken = new ArrayList<>();
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < 512; i++) {
        busy.add(span("busy"));
      }
      taken.addAll(take(100));
    }
    assertThat(taken).contains("quiet", "busy");
  }

  @Test
  void keepsWhatAnEndedWorkerLeft() {
    SpanRing ring = tracer.newRing();
    for (int i = 0; i < 513; i++) {
      ring.add(span("left"));
    }
    tracer.retire(ring);
    assertThat(take(1000)).hasSize(512);
    assertThat(take(1000)).isEmpty();
    assertThat(tracer.dropped()).isEqualTo(1);
  }
}
