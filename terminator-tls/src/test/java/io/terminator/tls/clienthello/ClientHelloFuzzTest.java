package io.terminator.tls.clienthello;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.terminator.tls.clienthello.ClientHelloParser.Outcome;
import java.nio.ByteBuffer;

/**
 * The parser handles any input, and its result does not depend on how the bytes were split. The
 * build runs the inputs stored in the resources. To fuzz: {@code JAZZER_FUZZ=1 mvn -pl
 * terminator-tls -am test -Dtest=ClientHelloFuzzTest#parse
 * -Dsurefire.failIfNoSpecifiedTests=false}.
 */
class ClientHelloFuzzTest {
  private static final int PIECES = 16;

  @FuzzTest(maxDuration = "60m")
  void parse(byte[] sent) {
    ByteBuffer raw = ByteBuffer.wrap(sent);
    ClientHelloParser patient = new ClientHelloParser();
    int step = Math.max(1, sent.length / PIECES);
    for (int length = Math.min(step, sent.length); ; length += step) {
      int there = Math.min(length, sent.length);
      Outcome outcome = patient.parse(raw, there);
      ClientHelloParser fresh = new ClientHelloParser();
      assertThat(fresh.parse(raw, there)).isEqualTo(outcome);
      if (outcome == Outcome.REFUSED) {
        assertThat(fresh.problem()).isEqualTo(patient.problem());
        assertThat(patient.problem().words()).isNotBlank();
        return;
      }
      if (outcome == Outcome.COMPLETE) {
        check(patient.hello());
        assertThat(Ja4.of(fresh.hello())).isEqualTo(Ja4.of(patient.hello()));
        return;
      }
      if (there == sent.length) {
        return;
      }
    }
  }

  private static void check(ClientHello hello) {
    assertThat(Ja4.of(hello)).hasSizeBetween(31, 40);
    String name = hello.serverName();
    if (name != null) {
      assertThat(name).hasSizeBetween(1, 255).isEqualTo(name.toLowerCase(java.util.Locale.ROOT));
      assertThat(name.chars().noneMatch(Character::isISOControl)).isTrue();
    }
  }
}
