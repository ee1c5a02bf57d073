package io.terminator.core.connect;

import java.time.Duration;

/** How many connections of a backend may wait for a server with a free slot, and for how long. */
public record QueueConfig(int length, Duration timeout) {
  public static final QueueConfig DEFAULT = new QueueConfig(1000, Duration.ofSeconds(5));
}
