package io.terminator.core.connect;

/** The version of HTTP that servers speak with a listener that has HTTP. */
public enum ServerProtocol {
  HTTP_1_1("http/1.1"),
  /** HTTP/2 over TLS if the server selects it by ALPN, otherwise HTTP/1.1. */
  H2("h2"),
  /** HTTP/2 without TLS, from the first byte (prior knowledge, RFC 9113 section 3.3). */
  H2C("h2c");

  private final String label;

  ServerProtocol(String label) {
    this.label = label;
  }

  /** The name in the configuration. */
  public String label() {
    return label;
  }
}
