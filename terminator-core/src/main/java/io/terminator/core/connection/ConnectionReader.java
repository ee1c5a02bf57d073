package io.terminator.core.connection;

import io.terminator.core.flow.Connection;
import org.jspecify.annotations.Nullable;

/** Reads something off a live connection, on its worker: plain values, quickly; null to leave it out. */
public interface ConnectionReader<T> {
  @Nullable T read(Connection connection);
}
