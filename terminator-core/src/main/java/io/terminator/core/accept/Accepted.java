package io.terminator.core.accept;

import io.terminator.core.flow.Progress;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A client's socket is open on its worker; nothing of what the client says has been read from it. */
public record Accepted(Progress progress, @Nullable Introduction introduction) {

  /** Goes on with {@code next} once it is known who the client is: at once, unless somebody else is to say. */
  public void whenKnown(Consumer<Accepted> next) {
    Introduction awaited = introduction;
    if (awaited == null) {
      next.accept(this);
    } else {
      awaited.begin(() -> next.accept(new Accepted(progress, null)));
    }
  }
}
