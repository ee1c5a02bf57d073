package io.terminator.core.throttle;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.core.observe.CounterSet;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When a stream is read, and that every pause ends with a resume. */
class ReadGateTest {
  private final CounterSet<PauseReason> pauses = new CounterSet<>(PauseReason.class);
  private final CounterSet<PauseReason> resumes = new CounterSet<>(PauseReason.class);
  private final List<String> tap = new ArrayList<>();
  private final ReadGate gate =
      new ReadGate(
          new ReadGate.Tap() {
            @Override
            public void pauseReading() {
              tap.add("pause");
            }

            @Override
            public void resumeReading() {
              tap.add("resume");
            }
          },
          pauses,
          resumes);

  @AfterEach
  void balances() {
    gate.end();
    for (PauseReason reason : PauseReason.values()) {
      assertThat(resumes.get(reason)).as(reason.label()).isEqualTo(pauses.get(reason));
    }
  }

  @Test
  void nothingIsReadBeforeTheStart() {
    gate.hold(PauseReason.SETUP);
    gate.release(PauseReason.SETUP);
    assertThat(tap).isEmpty();
    assertThat(gate.isOpen()).isFalse();
    gate.start();
    gate.start();
    assertThat(tap).containsExactly("resume");
    assertThat(gate.isOpen()).isTrue();
  }

  @Test
  void aReasonThatIsHeldOutlastsTheStart() {
    gate.hold(PauseReason.SETUP);
    gate.start();
    assertThat(tap).isEmpty();
    gate.release(PauseReason.SETUP);
    assertThat(tap).containsExactly("resume");
  }

  @Test
  void isReadWhileNoReasonIsHeld() {
    gate.start();
    gate.hold(PauseReason.PEER_FULL);
    gate.hold(PauseReason.PEER_FULL);
    gate.hold(PauseReason.RATE_LIMIT);
    gate.release(PauseReason.PEER_FULL);
    assertThat(gate.isOpen()).isFalse();
    gate.release(PauseReason.RATE_LIMIT);
    gate.release(PauseReason.RATE_LIMIT);
    assertThat(tap).containsExactly("resume", "pause", "resume");
    assertThat(pauses.get(PauseReason.PEER_FULL)).isEqualTo(1);
  }

  @Test
  void theEndIsForGoodAndResumesWhatWasHeld() {
    gate.start();
    gate.hold(PauseReason.FRAME_BUDGET);
    gate.end();
    gate.release(PauseReason.FRAME_BUDGET);
    gate.hold(PauseReason.PEER_FULL);
    gate.start();
    assertThat(tap).containsExactly("resume", "pause");
    assertThat(gate.isOpen()).isFalse();
    assertThat(resumes.get(PauseReason.FRAME_BUDGET)).isEqualTo(1);
    assertThat(pauses.get(PauseReason.PEER_FULL)).isZero();
  }

  @Test
  void whatIsDroppedIsReadWhateverWasHeldOrEnded() {
    gate.hold(PauseReason.HANDSHAKE);
    gate.drain();
    assertThat(tap).containsExactly("resume");
    gate.end();
    gate.drain();
    assertThat(tap).containsExactly("resume", "pause", "resume");
  }
}
