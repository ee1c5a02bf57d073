package io.terminator.load.generator;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * The address, the server name and the TLS settings of a connection; it is plaintext without a
 * context.
 */
public record Dial(InetSocketAddress address, String serverName, @Nullable ClientContext context) {}
