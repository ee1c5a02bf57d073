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
          "random keys, known only to this process",
          "A file with at least 32 bytes, the same on every replica. Ticket keys are"
              + " derived from it and the clock. It is read again when it changes.");

  private static final Key<Duration> ROTATION =
      Key.optional(
          "rotation",
          Kinds.duration("1m", "7d"),
          TicketConfig.DEFAULT_ROTATION,
          "How long one key encrypts new tickets; the same on every replica. A ticket is"
              + " accepted for one to two rotations, two to three with local, and no longer than"
              + " 4 h in TLS 1.2 and 48 h in TLS 1.3.");

  private static final Shape<TicketConfig> SHAPE =
      new Shape<>("Session tickets.", List.of(SECRET_FILE, ROTATION), TicketKeys::tickets);

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
