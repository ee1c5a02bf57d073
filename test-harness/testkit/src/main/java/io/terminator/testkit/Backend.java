package io.terminator.testkit;

import java.net.InetSocketAddress;

/** A test backend on the loopback address; closing it ends its connections. */
public interface Backend extends AutoCloseable {

  /** Where it listens. */
  InetSocketAddress address();

  /** Connections accepted so far. */
  int accepted();

  /** Connections open now. */
  int active();

  default int port() {
    return address().getPort();
  }

  /** {@code 127.0.0.1:PORT}, as a configuration names it. */
  default String hostAndPort() {
    return address().getAddress().getHostAddress() + ":" + port();
  }

  /** Stops listening and ends every connection; returns when its threads have ended. */
  @Override
  void close();
}
