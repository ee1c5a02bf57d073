package io.terminator.core.accept;

import io.terminator.core.flow.Connection;
import io.terminator.core.flow.Next;
import org.jspecify.annotations.Nullable;

/**
 * A client's socket is open on its worker, and no byte has been read from it. {@code header} reads
 * the PROXY header if the listener expects one from a trusted proxy.
 */
public record Accepted(Connection connection, @Nullable ProxyHeaderReader header) {

  /**
   * Calls {@code next} when the client's address is known: immediately, or after the PROXY header
   * of a trusted proxy.
   */
  public void identify(Next<Accepted> next) {
    ProxyHeaderReader reader = header;
    if (reader == null) {
      next.onValue(this);
    } else {
      reader.begin(next);
    }
  }
}
