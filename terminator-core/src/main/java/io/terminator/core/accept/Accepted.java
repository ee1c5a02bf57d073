package io.terminator.core.accept;

import io.terminator.core.flow.Connection;
import io.terminator.core.flow.Next;
import org.jspecify.annotations.Nullable;

/**
 * A client's socket is open on its worker; nothing of what the client says has been read from it. {@code header} reads the PROXY
 * header where a trusted proxy has to send one first.
 */
public record Accepted(Connection connection, @Nullable ProxyHeaderReader header) {

  /** Calls {@code next} once the client's address is known: at once, or behind the PROXY header of a trusted proxy. */
  public void identify(Next<Accepted> next) {
    ProxyHeaderReader reader = header;
    if (reader == null) {
      next.onValue(this);
    } else {
      reader.begin(next);
    }
  }
}
