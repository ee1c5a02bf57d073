package io.terminator.core.accept;

import io.terminator.core.flow.Connection;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A client's socket is open on its worker; nothing of what the client says has been read from it. */
public record Accepted(Connection connection, @Nullable ProxyHeaderReader headerReader) {

  /** Calls {@code next} once the client's address is known: at once, or behind the PROXY header of a trusted proxy. */
  public void whenKnown(Consumer<Accepted> next) {
    ProxyHeaderReader awaited = headerReader;
    if (awaited == null) {
      next.accept(this);
    } else {
      awaited.begin(() -> next.accept(new Accepted(connection, null)));
    }
  }
}
