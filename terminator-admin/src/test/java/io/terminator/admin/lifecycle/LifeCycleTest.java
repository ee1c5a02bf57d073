package io.terminator.admin.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LifeCycleTest {
  @Test
  void onlyMovesForward() {
    LifeCycle life = new LifeCycle();
    assertThat(life.state()).isEqualTo(State.STARTING);
    assertThat(life.toDraining()).as("a drain of what does not serve").isFalse();
    assertThat(life.toServing()).isTrue();
    assertThat(life.toServing()).isFalse();
    assertThat(life.toDraining()).isTrue();
    assertThat(life.toDraining()).as("a second drain").isFalse();
    assertThat(life.toServing()).as("back from a drain").isFalse();
    assertThat(life.toStopped()).isTrue();
    assertThat(life.toStopped()).as("a second stop").isFalse();
    assertThat(life.toServing() || life.toDraining()).isFalse();
    assertThat(life.state()).isEqualTo(State.STOPPED);
  }

  @Test
  void aStopDuringTheStartIsNotTakenBack() {
    LifeCycle life = new LifeCycle();
    assertThat(life.toStopped()).isTrue();
    assertThat(life.toServing()).isFalse();
    assertThat(life.state()).isEqualTo(State.STOPPED);
  }

  @Test
  void partsEndInReverseOrderWhateverOneOfThemThrows() {
    List<String> ended = new ArrayList<>();
    Parts parts = new Parts();
    for (String name : List.of("first", "second", "third")) {
      parts.add(
          name,
          () -> {
            ended.add(name);
            if (name.equals("second")) {
              throw new IllegalStateException("cannot");
            }
          });
    }
    parts.close();
    assertThat(ended).containsExactly("third", "second", "first");
    parts.close();
    assertThat(ended).as("a second time").hasSize(3);
  }

  @Test
  void aPartThatIsRefusedIsClosedAllTheSame() {
    List<String> ended = new ArrayList<>();
    Parts parts =
        new Parts(
            name -> {
              throw new IllegalStateException(name);
            });
    assertThatThrownBy(() -> parts.add("only", () -> ended.add("only"))).hasMessage("only");
    parts.close();
    assertThat(ended).containsExactly("only");
  }

  @Test
  void aChoreThatThrowsRunsAgainAndIsCounted() {
    AtomicInteger runs = new AtomicInteger();
    AtomicInteger others = new AtomicInteger();
    try (Chores chores = new Chores()) {
      chores.every(
          Duration.ofMillis(5),
          "clumsy",
          () -> {
            int run = runs.incrementAndGet();
            if (run == 1) {
              throw new IllegalStateException("once");
            }
            if (run == 2) {
              throw new StackOverflowError("and an error");
            }
          });
      chores.every(Duration.ofMillis(5), "other", others::incrementAndGet);
      assertThat(chores.failures()).containsEntry("other", 0L).containsKey("clumsy");
      await().atMost(Duration.ofSeconds(60)).until(() -> runs.get() > 3 && others.get() > 3);
      assertThat(chores.failures()).containsEntry("clumsy", 2L).containsEntry("other", 0L);
    }
  }
}
