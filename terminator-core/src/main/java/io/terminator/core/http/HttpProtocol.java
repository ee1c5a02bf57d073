package io.terminator.core.http;

/** A version of HTTP that a listener speaks with clients, by its ALPN name. */
public enum HttpProtocol {
  HTTP_2("h2"),
  HTTP_1_1("http/1.1");

  private final String alpn;

  HttpProtocol(String alpn) {
    this.alpn = alpn;
  }

  /** The registered ALPN name. */
  public String alpn() {
    return alpn;
  }
}
