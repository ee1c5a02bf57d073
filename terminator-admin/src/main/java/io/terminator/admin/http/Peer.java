package io.terminator.admin.http;

import org.jspecify.annotations.Nullable;

/**
 * The peer of a connection: {@code address} for the audit log, {@code certificate} the subject of
 * the verified client certificate, {@code isUnix} for a unix socket.
 */
record Peer(String address, @Nullable String certificate, boolean isUnix) {}
