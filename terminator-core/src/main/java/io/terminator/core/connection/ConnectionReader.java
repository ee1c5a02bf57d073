package io.terminator.core.connection;

import io.terminator.core.flow.Connection;
import org.jspecify.annotations.Nullable;

/**
 * Reads plain values from a live connection, on its worker. Must be fast; returns null to leave the
 * connection out.
 */
public interface ConnectionReader<T> {
  @Nullable T read(Connection connection);
}
