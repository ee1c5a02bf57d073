package io.terminator.testkit;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Arrays;

/** Goes away by RST at a chosen moment. */
public final class Resetter {

  /** When it goes. */
  public enum Moment {
    /** Right after connecting. */
    CONNECTED,
    /** With half a ClientHello sent. */
    MID_HELLO,
    /** After its ClientHello, with the server's flight on the way or unread. */
    HELLO_SENT,
    /** After the handshake and one record. */
    ESTABLISHED,
    /** After the handshake, with half a record sent. */
    MID_RECORD
  }

  private final TlsClient client;

  public Resetter(TlsClient client) {
    this.client = client;
  }

  /** Connects, proceeds to {@code moment}, and resets the connection. */
  public void run(InetSocketAddress address, Moment moment) throws IOException {
    try (RawTlsClient raw = client.raw(address)) {
      switch (moment) {
        case CONNECTED -> {}
        case MID_HELLO -> {
          byte[] hello = raw.clientHello();
          raw.sendRaw(Arrays.copyOf(hello, hello.length / 2));
        }
        case HELLO_SENT -> raw.sendRaw(raw.clientHello());
        case ESTABLISHED -> raw.handshake().write(new byte[] {1});
        case MID_RECORD -> raw.handshake().writePartially(new byte[100], 50);
      }
      raw.reset();
    }
  }
}
