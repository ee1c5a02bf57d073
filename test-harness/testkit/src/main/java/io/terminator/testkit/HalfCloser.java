package io.terminator.testkit;

import java.io.IOException;
import java.net.InetSocketAddress;

/** Sends everything, ends its direction cleanly, and only then reads the answer. */
public final class HalfCloser {

  /** The answer, with the end of TLS and the end of TCP after it. */
  public record Answer(Received received, Ending transport) {}

  private final TlsClient client;

  public HalfCloser(TlsClient client) {
    this.client = client;
  }

  /** Sends {@code request}, {@code close_notify} and FIN, then reads to the server's end. */
  public Answer exchange(InetSocketAddress address, byte[] request) throws IOException {
    try (RawTlsClient raw = client.raw(address)) {
      raw.handshake().write(request);
      raw.finishOutput();
      Received received = raw.readToEnd();
      Ending transport = received.ending();
      if (transport == Ending.CLOSE_NOTIFY || transport == Ending.ALERT) {
        transport = raw.readRawToEnd().ending();
      }
      return new Answer(received, transport);
    }
  }
}
