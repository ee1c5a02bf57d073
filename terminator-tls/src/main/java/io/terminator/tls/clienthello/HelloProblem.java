package io.terminator.tls.clienthello;

import java.util.Locale;

/** Why what a client opened with is no ClientHello that we go on with: a closed set; the label is the metric's. */
public enum HelloProblem {
  PLAIN_HTTP("the client speaks plain HTTP; it should use https"),
  NOT_TLS("the first byte is no TLS handshake record; the client speaks another protocol"),
  BAD_RECORD("a record's type, version or length is not one that a ClientHello comes in"),
  RECORD_TOO_LONG("a record is longer than 16 KiB (RFC 8446 section 5.1)"),
  NOT_CLIENT_HELLO("the first handshake message is no ClientHello"),
  HELLO_TOO_LARGE("the ClientHello is larger than 16 KiB"),
  MALFORMED("a length inside the ClientHello does not fit, or a list is longer than any client's"),
  DUPLICATE_EXTENSION("an extension appears twice (RFC 8446 section 4.2)"),
  BAD_SERVER_NAME("the server name is no host name (RFC 6066 section 3)");

  private final String label = name().toLowerCase(Locale.ROOT);
  private final String words;

  HelloProblem(String words) {
    this.words = words;
  }

  public String label() {
    return label;
  }

  /** The cause in a sentence, for the log. */
  public String words() {
    return words;
  }
}
