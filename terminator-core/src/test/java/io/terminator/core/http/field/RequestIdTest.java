package io.terminator.core.http.field;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class RequestIdTest {
  private final RequestId id = new RequestId();

  @Test
  void anIdOfAClientMayBeLongerThanAnOwnOne() {
    for (int length : new int[] {1, 32, 33, 128}) {
      assertThat(set("x".repeat(length))).as("%d", length).isTrue();
      assertThat(id).hasToString("x".repeat(length));
    }
    id.set(0x0123456789abcdefL, -1);
    assertThat(id).hasToString("0123456789abcdefffffffffffffffff");
    assertThat(set("x".repeat(129))).isFalse();
    assertThat(id.length()).isZero();
  }

  private boolean set(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    return id.set(bytes, 0, bytes.length);
  }
}
