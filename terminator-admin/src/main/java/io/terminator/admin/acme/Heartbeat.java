package io.terminator.admin.acme;

import io.terminator.tls.certificate.upload.StateDocuments;
import io.terminator.tls.certificate.upload.StateException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Lets the processes that share a state directory know of each other, so that the one that orders
 * knows whether it must wait for others to answer a challenge. One thread; the count is for any.
 */
final class Heartbeat {
  private static final Duration INTERVAL = Duration.ofSeconds(5);
  private static final Duration KEPT = Duration.ofMinutes(1);
  private static final String PREFIX = "process-";

  private final InstantSource clock;
  private final String own = PREFIX + UUID.randomUUID();
  private Instant last = Instant.MIN;
  private volatile int living = 1;

  Heartbeat(InstantSource clock) {
    this.clock = clock;
  }

  /** The processes that were alive within the last minute, this one included. */
  int living() {
    return living;
  }

  void beat(StateDocuments documents) throws StateException {
    Instant now = clock.instant();
    if (!last.equals(Instant.MIN) && Duration.between(last, now).abs().compareTo(INTERVAL) < 0) {
      return;
    }
    last = now;
    documents.write(own, now.toString().getBytes(StandardCharsets.US_ASCII));
    int count = 0;
    for (String name : documents.names()) {
      if (name.startsWith(PREFIX)) {
        Instant seen = time(documents.read(name));
        if (seen != null && Duration.between(seen, now).abs().compareTo(KEPT) < 0) {
          count++;
        } else {
          documents.delete(name);
        }
      }
    }
    living = Math.max(1, count);
  }

  private static @Nullable Instant time(byte @Nullable [] text) {
    try {
      return text == null ? null : Instant.parse(new String(text, StandardCharsets.US_ASCII));
    } catch (DateTimeException damaged) {
      return null;
    }
  }

  void stop(StateDocuments documents) throws StateException {
    documents.delete(own);
  }
}
