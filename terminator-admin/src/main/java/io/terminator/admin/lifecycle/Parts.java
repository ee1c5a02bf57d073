package io.terminator.admin.lifecycle;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What was made so far, in order: {@link #close} closes it in reverse order, each part even when the one before failed. A start
 * that fails half way closes what it has made by the same call that ends a whole appliance. One thread at a time.
 */
public final class Parts implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Parts.class);

  private final Deque<Part> made = new ArrayDeque<>();
  private final Consumer<String> onMade;

  private record Part(String name, AutoCloseable resource) {}

  public Parts() {
    this(name -> {});
  }

  /** {@code onMade} hears of each part once it will be closed; what it throws, {@link #add} throws. */
  public Parts(Consumer<String> onMade) {
    this.onMade = onMade;
  }

  /** Takes over {@code part}, which is returned; {@code name} is for messages. */
  public <T extends AutoCloseable> T add(String name, T part) {
    made.push(new Part(name, part));
    onMade.accept(name);
    return part;
  }

  /** Closes all of them, the last first; a second time there is nothing left to close. */
  @Override
  public void close() {
    while (!made.isEmpty()) {
      Part last = made.pop();
      try {
        last.resource().close();
      } catch (Exception failure) {
        LOG.error("{} could not be closed; the rest is closed all the same", last.name(), failure);
      }
    }
  }
}
