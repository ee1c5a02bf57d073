package io.terminator.core.setting;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * An address to listen on or connect to: a host (name or literal) with a port, or the path of a
 * unix socket. Parsing resolves no name. Formats: {@code 0.0.0.0:8443}, {@code [::]:8443}, {@code
 * :8443} (any address), {@code app.internal:8080}, {@code unix:/run/app.sock}, {@code unix:@name}
 * (abstract, no file), {@code systemd:name} (listening only).
 */
public sealed interface Endpoint {

  /** {@code host} is empty for "any address" (listening only); an IPv6 literal has no brackets. */
  record Inet(String host, int port) implements Endpoint {
    public Inet {
      if (port < 0 || port > 65535) {
        throw new IllegalArgumentException(
            "port " + port + " is out of range (expected: 0 to 65535)");
      }
    }

    // Written out: every start compares servers, and the first call of a generated method links it
    // for 5 ms.
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Inet inet && host.equals(inet.host) && port == inet.port;
    }

    @Override
    public int hashCode() {
      return 31 * host.hashCode() + port;
    }

    @Override
    public String toString() {
      return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
  }

  record Unix(String path) implements Endpoint {
    public Unix {
      if (path.isEmpty()) {
        throw new IllegalArgumentException("\"unix:\" has no socket path (expected: unix:/path)");
      }
      // sun_path holds 108 bytes including the terminating zero (unix(7)).
      int length = path.getBytes(StandardCharsets.UTF_8).length;
      if (length > 107) {
        throw new IllegalArgumentException(
            "\"unix:"
                + path
                + "\" has a socket path of "
                + length
                + " bytes, and the system allows 107 (expected: unix:/path)");
      }
    }

    /** Whether this is an abstract name: no file, no permissions, removed with its last socket. */
    public boolean isAbstract() {
      return path.startsWith("@");
    }

    /** The kernel's name of the socket (unix(7)). */
    public String kernelName() {
      return isAbstract() ? "\0" + path.substring(1) : path;
    }

    @Override
    public String toString() {
      return "unix:" + path;
    }
  }

  /** A socket inherited from the parent process, by the name given there. */
  record Inherited(String name) implements Endpoint {
    private static final String PREFIX = "systemd:";

    @Override
    public String toString() {
      return PREFIX + name;
    }
  }

  /** Parses these formats. The exception's message states the expected format. */
  static Endpoint parse(String text) {
    if (text.startsWith("unix:")) {
      return new Unix(text.substring("unix:".length()));
    }
    // A host may have this name too, but is followed by a port.
    if (text.matches(Inherited.PREFIX + "[A-Za-z][A-Za-z0-9@._-]{0,254}")) {
      return new Inherited(text.substring(Inherited.PREFIX.length()));
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
