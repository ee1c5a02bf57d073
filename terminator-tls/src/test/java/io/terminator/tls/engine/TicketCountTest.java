package io.terminator.tls.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.internal.tcnative.SSL;
import io.netty.internal.tcnative.SSLContext;
import org.junit.jupiter.api.Test;

class TicketCountTest {
  /** If this fails, one ticket per handshake has become possible: see ADR 0026. */
  @Test
  void theLibraryCannotSetTheCountOfTickets() throws Exception {
    try (BoringSsl library = BoringSsl.load()) {
      assertThat(library.liveContexts()).isZero();
      long context = SSLContext.make(SSL.SSL_PROTOCOL_TLSV1_3, SSL.SSL_MODE_SERVER);
      try {
        assertThat(SSLContext.setNumTickets(context, 1)).isFalse();
      } finally {
        SSLContext.free(context);
      }
    }
  }
}
