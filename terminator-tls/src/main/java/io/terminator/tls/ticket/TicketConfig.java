package io.terminator.tls.ticket;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where ticket keys come from and how long one seals. {@code secretFile} is set for {@code SHARED} and only there; it was
 * readable when the configuration was read.
 */
public record TicketConfig(Source source, @Nullable Path secretFile, Duration rotation) {
  public static final Duration DEFAULT_ROTATION = Duration.ofHours(8);

  public static final TicketConfig LOCAL = local(DEFAULT_ROTATION);
  public static final TicketConfig OFF = new TicketConfig(Source.OFF, null, DEFAULT_ROTATION);

  public TicketConfig {
    if ((source == Source.SHARED) != (secretFile != null)) {
      throw new IllegalArgumentException(
          "a secret file is required for shared keys, and only for them");
    }
  }

  /** What keys are made of. */
  public enum Source {
    /** Random, of this process alone. */
    LOCAL,
    /** Derived from a secret and the clock, the same in every process that has both. */
    SHARED,
    /** No tickets: every handshake is a full one. */
    OFF
  }

  public static TicketConfig local(Duration rotation) {
    return new TicketConfig(Source.LOCAL, null, rotation);
  }

  public static TicketConfig shared(Path secretFile, Duration rotation) {
    return new TicketConfig(Source.SHARED, secretFile, rotation);
  }
}
