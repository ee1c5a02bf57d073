package io.terminator.load.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class ExchangeTest {

  @Test
  void headerCarriesAllOfIt() {
    ByteBuffer header = ByteBuffer.allocate(Exchange.HEADER);
    Exchange exchange = new Exchange(1L << 33, 1L << 34);
    exchange.putHeader(header, 5, Pattern.PERIOD - 1);

    assertThat(Exchange.isHeader(header)).isTrue();
    assertThat(Exchange.of(header)).isEqualTo(exchange);
    assertThat(Exchange.bodyStart(header)).isEqualTo(5);
    assertThat(Exchange.answerStart(header)).isEqualTo(Pattern.PERIOD - 1);
  }

  @Test
  void noDamagedHeaderPasses() {
    ByteBuffer header = ByteBuffer.allocate(Exchange.HEADER);
    Exchange.small(100, 100).putHeader(header, 1, 2);
    for (int bit = 0; bit < Exchange.HEADER * 8; bit++) {
      byte flip = (byte) (1 << (bit % 8));
      header.put(bit / 8, (byte) (header.get(bit / 8) ^ flip));
      assertThat(Exchange.isHeader(header)).as("bit %s", bit).isFalse();
      header.put(bit / 8, (byte) (header.get(bit / 8) ^ flip));
    }
  }

  @Test
  void aRequestShorterThanItsHeaderIsRefused() {
    assertThatThrownBy(() -> Exchange.small(Exchange.HEADER - 1, 100))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(Exchange.small(100, 7).request()).isEqualTo(100);
  }
}
