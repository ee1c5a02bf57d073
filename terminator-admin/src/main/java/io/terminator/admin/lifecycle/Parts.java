package io.terminator.admin.lifecycle;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The resources created so far, in order. {@link #close} closes them in reverse order, each one
 * even if another failed. A failed start closes its resources with the same call that ends a whole
 * appliance. One thread at a time.
 */
public final class Parts implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Parts.class);

  private final Deque<Part> made = new ArrayDeque<>();
  private final Consumer<String> onMade;

  private record Part(String name, AutoCloseable resource) {}

  public Parts() {
    this(name -> {});
  }

  /**
   * {@code onMade} is called after each part is registered for closing; {@link #add} passes on its
   * exceptions.
   */
  public Parts(Consumer<String> onMade) {
    this.onMade = onMade;
  }

  /** Takes ownership of {@code part} and returns it; {@code name} is for messages. */
  public <T extends AutoCloseable> T add(String name, T part) {
    made.push(new Part(name, part));
    onMade.accept(name);
    return part;
  }

  /** Closes all parts, the last one first. Further calls have no effect. */
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
