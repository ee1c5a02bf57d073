package io.terminator.admin.http;

import org.jspecify.annotations.Nullable;

/**
 * Who is at the other end, as far as the connection itself tells: {@code address} for the audit, {@code certificate} the
 * subject of a client certificate that was verified, {@code isUnix} for a unix socket.
 */
record Peer(String address, @Nullable String certificate, boolean isUnix) {}
