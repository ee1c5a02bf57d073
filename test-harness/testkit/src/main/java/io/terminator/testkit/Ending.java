package io.terminator.testkit;

/** How a peer ended its direction of a connection. */
public enum Ending {
  /** TLS {@code close_notify}: nothing follows from the peer. */
  CLOSE_NOTIFY,
  /** TCP FIN; for a TLS peer, a FIN without {@code close_notify} before it: a truncation. */
  FIN,
  /**
   * The end as a JDK {@code SSLSocket} reports it, which cannot distinguish {@code close_notify}
   * from FIN. Use {@link RawTlsClient} if the difference matters.
   */
  END_OF_STREAM,
  /** A fatal TLS alert. */
  ALERT,
  /** TCP RST. */
  RESET;

  /** The messages with which the JDK reports an RST; they differ from call to call. */
  static boolean isReset(java.io.IOException failure) {
    String message = String.valueOf(failure.getMessage());
    return message.contains("Connection reset") || message.contains("Broken pipe");
  }
}
