package io.terminator.load.generator;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** Where to connect, with which name, and how TLS is spoken; without a context it is not. */
public record Dial(InetSocketAddress address, String serverName, @Nullable ClientContext context) {}
