package io.terminator.core.setting;

/**
 * Where to listen or to connect: a host (name or literal) with a port, or a unix socket's path. Parsing resolves nothing;
 * spelling: {@code 0.0.0.0:8443}, {@code [::]:8443}, {@code :8443} (any address), {@code app.internal:8080}, {@code
 * unix:/run/app.sock}.
 */
public sealed interface Endpoint {

  /** {@code host} is empty for "any address" (listening only); an IPv6 literal stands without brackets. */
  record Inet(String host, int port) implements Endpoint {
    public Inet {
      if (port < 0 || port > 65535) {
        throw new IllegalArgumentException(
            "port " + port + " is out of range (expected: 0 to 65535)");
      }
    }

    @Override
    public String toString() {
      return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
  }

  record Unix(String path) implements Endpoint {
    public Unix {
      // sun_path holds 108 bytes with its terminating zero (unix(7)).
      if (path.isEmpty() || path.length() > 107) {
        throw new IllegalArgumentException(
            "\"unix:"
                + path
                + "\" is not a socket path (expected: 1 to 107 characters after \"unix:\")");
      }
    }

    @Override
    public String toString() {
      return "unix:" + path;
    }
  }

  /** Parses the spellings above; the exception's message says what was expected. */
  static Endpoint parse(String text) {
    if (text.startsWith("unix:")) {
      return new Unix(text.substring("unix:".length()));
    }
    int colon = text.lastIndexOf(':');
    String host = colon < 0 ? "" : text.substring(0, colon);
    boolean bracketed = host.startsWith("[") && host.endsWith("]");
    if (colon < 0 || (!bracketed && host.indexOf(':') >= 0)) {
      throw new IllegalArgumentException(
          "\""
              + text
              + "\" is not an address (expected: host:port, [ipv6]:port, :port or unix:/path)");
    }
    String port = text.substring(colon + 1);
    if (!port.matches("\\d{1,5}")) {
      throw new IllegalArgumentException(
          "\""
              + text
              + "\" has no port number after the last colon (expected: host:port, such as 127.0.0.1:8080)");
    }
    return new Inet(
        bracketed ? host.substring(1, host.length() - 1) : host, Integer.parseInt(port));
  }
}
