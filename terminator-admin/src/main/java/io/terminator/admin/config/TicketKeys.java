package io.terminator.admin.config;

import io.terminator.admin.config.format.Key;
import io.terminator.admin.config.format.Kind;
import io.terminator.admin.config.format.Kinds;
import io.terminator.admin.config.format.Paths;
import io.terminator.admin.config.format.Reading;
import io.terminator.admin.config.format.Section;
import io.terminator.admin.config.format.Shape;
import io.terminator.tls.ticket.TicketConfig;
import io.terminator.tls.ticket.TicketConfig.Source;
import io.terminator.tls.ticket.TicketSecret;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** {@code tickets}. */
final class TicketKeys {
  private static final Key<Path> SECRET_FILE =
      Key.absent(
          "secret-file",
          Paths.secretFile(),
          "keys are random and of this process alone",
          "A file with 32 bytes or more, the same for every replica. Keys are derived from it and"
              + " the clock; it is read again when it changes.");

  private static final Key<Duration> ROTATION =
      Key.optional(
          "rotation",
          Kinds.duration("1m", "7d"),
          TicketConfig.DEFAULT_ROTATION,
          "How long one key seals; the same for every replica. Tickets can be used for one to two"
              + " rotations.");

  private static final Shape<TicketConfig> SHAPE =
      new Shape<>("How sessions are resumed.", List.of(SECRET_FILE, ROTATION), TicketKeys::tickets);

  static final Kind<TicketConfig> KIND =
      Kinds.either(
          Kinds.choice(List.of(TicketConfig.LOCAL, TicketConfig.OFF), TicketKeys::label),
          null,
          SHAPE,
          TicketKeys::label);

  private TicketKeys() {}

  private static String label(TicketConfig tickets) {
    return tickets.source().name().toLowerCase(Locale.ROOT);
  }

  private static TicketConfig tickets(Section section) {
    Path file = section.find(SECRET_FILE);
    Duration rotation = section.get(ROTATION);
    if (file == null) {
      return new TicketConfig(Source.LOCAL, null, rotation);
    }
    Reading reading = section.reading();
    if (reading != null) {
      try {
        TicketSecret.read(file);
      } catch (IOException unusable) {
        reading.problem(
            section.placeOf(SECRET_FILE),
            "\"" + file + "\" " + unusable.getMessage(),
            "a file with a secret",
            "");
      }
    }
    return new TicketConfig(Source.SHARED, file, rotation);
  }
}
