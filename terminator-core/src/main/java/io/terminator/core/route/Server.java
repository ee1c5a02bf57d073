package io.terminator.core.route;

import java.net.SocketAddress;

/** One address that a backend's connections may go to; the name is the operator's spelling. */
public record Server(String name, SocketAddress address) {}
