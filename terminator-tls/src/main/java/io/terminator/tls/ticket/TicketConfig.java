package io.terminator.tls.ticket;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The source of ticket keys and the time for which a key seals. {@code secretFile} is set only for
 * {@code SHARED}; it was readable when the configuration was read.
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

  /** The origin of the keys. */
  public enum Source {
    /** Random keys of this process only. */
    LOCAL,
    /** Derived from a secret and the clock, and therefore the same in every process with both. */
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
