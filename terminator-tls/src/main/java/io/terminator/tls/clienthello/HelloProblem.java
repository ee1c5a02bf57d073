package io.terminator.tls.clienthello;

import java.util.Locale;

/**
 * Why the first bytes of a client are not an acceptable ClientHello: a closed set; the label is a
 * metric label.
 */
public enum HelloProblem {
  PLAIN_HTTP("the client speaks plain HTTP; it should use https"),
  PROXY_HEADER(
      "proxy_header_unexpected",
      "a PROXY header came from an address that is not allowed to send one; add the address to"
          + " proxy-protocol.accept-from, or turn the PROXY protocol off at the sender"),
  /** The parser does not return it, because it does not know what preceded its bytes. */
  SECOND_PROXY_HEADER(
      "proxy_header_unexpected",
      "a second PROXY header came after the one that was accepted: two proxies in front each send one,"
          + " or one sends it twice; let the proxy nearer to Terminator read the other's header, or turn"
          + " the PROXY protocol off at one of them"),
  SSH("not_tls", "the client speaks SSH"),
  SMTP("not_tls", "the client speaks SMTP in plain text; use implicit TLS, not STARTTLS"),
  FTP("not_tls", "the client speaks FTP or POP3 in plain text; use implicit TLS, not STARTTLS"),
  SSL2("not_tls", "the client sent an SSL 2.0 CLIENT-HELLO; it should speak TLS 1.2 or newer"),
  RECORD_WITHOUT_HELLO(
      "not_tls", "the first TLS record is not a handshake record, so there is no ClientHello"),
  NOT_TLS("the first byte does not begin a TLS record; the client speaks another protocol"),
  BAD_RECORD("a record's type, version or length is not one that a ClientHello comes in"),
  RECORD_TOO_LONG("a record is longer than 16 KiB (RFC 8446 section 5.1)"),
  NOT_CLIENT_HELLO("the first handshake message is not a ClientHello"),
  HELLO_TOO_LARGE("the ClientHello is larger than 16 KiB"),
  MALFORMED(
      "a length inside the ClientHello does not fit, or a list is empty or longer than any client's"),
  DUPLICATE_EXTENSION("an extension appears twice (RFC 8446 section 4.2)"),
  BAD_SERVER_NAME("the server name is not a host name (RFC 6066 section 3)");

  private final String label;
  private final String words;

  HelloProblem(String words) {
    this.label = name().toLowerCase(Locale.ROOT);
    this.words = words;
  }

  HelloProblem(String label, String words) {
    this.label = label;
    this.words = words;
  }

  public String label() {
    return label;
  }

  /** The cause in one sentence, for the log. */
  public String words() {
    return words;
  }
}
