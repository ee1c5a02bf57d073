package io.terminator.admin.acme;

import io.terminator.core.setting.Secret;
import io.terminator.tls.certificate.upload.StateDocuments;
import io.terminator.tls.certificate.upload.StateException;
import io.terminator.tls.challenge.PendingChallenges;
import java.nio.file.Path;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/** What the processes with one state directory share. Thread-safe. */
record Shared(StateDocuments documents, ChallengeBoard board, OrderStates states, DryRuns dryRuns) {

  /** Creates {@code directory} if necessary. */
  static Shared open(
      Path directory, @Nullable Secret secret, PendingChallenges handshakes, InstantSource clock)
      throws StateException {
    StateDocuments documents = StateDocuments.open(directory, secret);
    return new Shared(
        documents,
        new ChallengeBoard(documents, handshakes, clock),
        new OrderStates(documents),
        new DryRuns(documents, clock));
  }
}
