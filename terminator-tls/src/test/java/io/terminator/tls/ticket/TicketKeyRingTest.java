package io.terminator.tls.ticket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TicketKeyRingTest {
  private static final Duration ROTATION = Duration.ofHours(8);
  private static final String SECRET = "0123456789abcdef0123456789abcdef";

  @TempDir Path directory;
  private Path file;
  private Instant now = Instant.parse("2026-11-23T10:00:00Z");

  @BeforeEach
  void writeSecret() throws IOException {
    file = Files.writeString(directory.resolve("secret"), SECRET);
  }

  @Test
  void twoRingsWithOneSecretAndOneClockHaveTheSameKeys() throws IOException {
    Path other = Files.writeString(directory.resolve("other"), SECRET + "\n");
    assertThat(materials(shared(file))).isEqualTo(materials(shared(other))).hasSize(3);
  }

  @Test
  void anotherSecretOrRotationHasOtherKeys() throws IOException {
    Path other = Files.writeString(directory.resolve("other"), SECRET.replace('0', '1'));
    List<String> keys = materials(shared(file));
    assertThat(materials(shared(other))).doesNotContainAnyElementsOf(keys);
    TicketConfig faster = TicketConfig.shared(file, Duration.ofHours(4));
    assertThat(materials(new TicketKeyRing(faster, () -> now))).doesNotContainAnyElementsOf(keys);
  }

  /**
   * The derived keys must stay the same in new releases, because replicas of different releases
   * share them.
   */
  @Test
  void theKeysOfAnEpochAreWhatTheyAlwaysWere() {
    TicketKey key = shared(file).keys().get(0);
    assertThat(HexFormat.of().formatHex(key.name())).isEqualTo("65a4f3ac7f8c1f694d305e3e856869c9");
  }

  @Test
  void theEpochsBeforeAndAfterOpenToo() {
    TicketKeyRing early = shared(file);
    String sealing = materials(early).get(0);
    Instant start = now;
    now = start.minus(ROTATION);
    assertThat(materials(shared(file))).contains(sealing);
    now = start.plus(ROTATION);
    assertThat(materials(shared(file))).contains(sealing).element(0).isNotEqualTo(sealing);
    now = start.plus(ROTATION.multipliedBy(2));
    assertThat(materials(shared(file))).doesNotContain(sealing);
  }

  @Test
  void theClockMovesARingOn() {
    TicketKeyRing ring = shared(file);
    List<String> before = materials(ring);
    assertThat(ring.refresh()).isFalse();
    assertThat(ring.rotate()).isFalse();
    now = now.plus(ROTATION);
    assertThat(ring.refresh()).isTrue();
    assertThat(materials(ring)).isEqualTo(materials(shared(file))).isNotEqualTo(before);
  }

  @Test
  void aNewSecretSealsAtOnceAndTheOldOneOpensForAWhile() throws IOException {
    TicketKeyRing ring = shared(file);
    String old = materials(ring).get(0);
    Files.writeString(file, SECRET.replace('0', '1'));
    assertThat(ring.refresh()).isTrue();
    assertThat(materials(ring)).contains(old).element(0).isNotEqualTo(old);
    assertThat(materials(ring).get(0)).isEqualTo(materials(shared(file)).get(0));
    now = now.plus(ROTATION.multipliedBy(2));
    assertThat(ring.refresh()).isTrue();
    assertThat(materials(ring)).doesNotContain(old).hasSize(3);
  }

  @Test
  void aSecretThatVanishesIsReportedAndTheLastOneStays() throws IOException {
    TicketKeyRing ring = shared(file);
    List<String> before = materials(ring);
    Files.delete(file);
    assertThat(ring.refresh()).isFalse();
    assertThat(materials(ring)).isEqualTo(before);
    assertThat(ring.problem()).contains(file.toString()).doesNotContain(SECRET);
    now = now.plus(ROTATION);
    assertThat(ring.refresh()).isTrue();
    Files.writeString(file, SECRET);
    assertThat(ring.refresh()).isFalse();
    assertThat(ring.problem()).isEmpty();
  }

  @Test
  void aShortSecretIsRefusedByItsLengthAlone() throws IOException {
    Files.writeString(file, "short\n");
    assertThatThrownBy(() -> TicketSecret.read(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("has 5 bytes")
        .hasMessageNotContaining("short");
    // A ring without shared keys resumes its own sessions.
    TicketKeyRing ring = shared(file);
    assertThat(ring.keys()).hasSize(1);
    assertThat(ring.problem()).contains("5 bytes");
  }

  @Test
  void keysOfOneProcessLiveThreeRotationsAndSurviveTheSameConfiguration() {
    TicketKeyRing ring = new TicketKeyRing(TicketConfig.local(ROTATION), () -> now);
    String first = materials(ring).get(0);
    assertThat(ring.configure(TicketConfig.local(ROTATION))).isFalse();
    assertThat(ring.configure(TicketConfig.local(Duration.ofHours(1)))).isFalse();
    assertThat(materials(ring)).containsExactly(first);
    for (int rotation = 1; rotation <= 3; rotation++) {
      now = now.plus(Duration.ofHours(1));
      assertThat(ring.refresh()).isTrue();
      assertThat(materials(ring).contains(first)).isEqualTo(rotation < 3);
    }
    assertThat(ring.configure(TicketConfig.OFF)).isTrue();
    assertThat(ring.keys()).isEmpty();
    assertThat(ring.rotate()).isFalse();
  }

  @Test
  void revokingEndsWhatWasBegunBefore() throws IOException {
    TicketKeyRing own = new TicketKeyRing(TicketConfig.local(ROTATION), () -> now);
    own.rotate();
    List<String> before = materials(own);
    assertThat(own.revoke()).isEqualTo(TicketKeyRing.Revocation.DONE);
    assertThat(materials(own)).hasSize(1).doesNotContainAnyElementsOf(before);

    TicketKeyRing ring = shared(file);
    before = materials(ring);
    assertThat(ring.revoke()).isEqualTo(TicketKeyRing.Revocation.SECRET_UNCHANGED);
    assertThat(materials(ring)).isEqualTo(before);
    Files.writeString(file, SECRET.replace('0', '1'));
    // Regardless of whether the change was seen before.
    assertThat(ring.revoke()).isEqualTo(TicketKeyRing.Revocation.DONE);
    assertThat(materials(ring))
        .isEqualTo(materials(shared(file)))
        .doesNotContainAnyElementsOf(before);
    assertThat(ring.revoke()).isEqualTo(TicketKeyRing.Revocation.SECRET_UNCHANGED);

    TicketKeyRing off = new TicketKeyRing(TicketConfig.OFF, () -> now);
    assertThat(off.revoke()).isEqualTo(TicketKeyRing.Revocation.OFF);
    assertThat(off.keys()).isEmpty();
  }

  private TicketKeyRing shared(Path secret) {
    return new TicketKeyRing(TicketConfig.shared(secret, ROTATION), () -> now);
  }

  private static List<String> materials(TicketKeyRing ring) {
    return ring.keys().stream()
        .map(
            key ->
                HexFormat.of().formatHex(key.name())
                    + HexFormat.of().formatHex(key.hmacKey())
                    + HexFormat.of().formatHex(key.aesKey()))
        .toList();
  }
}
