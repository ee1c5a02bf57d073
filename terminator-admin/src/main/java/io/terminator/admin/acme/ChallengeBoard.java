package io.terminator.admin.acme;

import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.upload.StateDocuments;
import io.terminator.tls.certificate.upload.StateException;
import io.terminator.tls.challenge.ChallengeCertificate;
import io.terminator.tls.challenge.PendingChallenges;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pending challenges of the fleet: documents in the shared state directory, answered by this
 * process through its listeners and its plain HTTP server. Thread-safe; {@link #answer} never
 * waits.
 */
final class ChallengeBoard {
  private static final Logger LOG = LoggerFactory.getLogger(ChallengeBoard.class);
  private static final String PREFIX = "challenge-";

  private final StateDocuments documents;
  private final PendingChallenges handshakes;
  private final InstantSource clock;
  private final Map<String, Posted> posted = new TreeMap<>();
  private volatile Map<String, byte[]> answers = Map.of();

  private record Posted(Challenge challenge, @Nullable ChallengeCertificate certificate) {}

  ChallengeBoard(StateDocuments documents, PendingChallenges handshakes, InstantSource clock) {
    this.documents = documents;
    this.handshakes = handshakes;
    this.clock = clock;
  }

  /** Answers {@code challenge} from now on, here; other processes follow within a second. */
  void post(Challenge challenge) throws StateException {
    documents.write(document(challenge), challenge.json());
    refresh();
  }

  /** As a proof, for which every process of the fleet answers after {@code spread}. */
  Proof proof(Challenge challenge, Duration spread) {
    return new Proof() {
      private long shown;

      @Override
      public void show() throws StateException {
        post(challenge);
        shown = System.nanoTime();
      }

      @Override
      public void awaitVisible() throws InterruptedException {
        TimeUnit.NANOSECONDS.sleep(shown + spread.toNanos() - System.nanoTime());
      }

      @Override
      public void remove() throws StateException {
        ChallengeBoard.this.remove(challenge);
      }
    };
  }

  void remove(Challenge challenge) throws StateException {
    documents.delete(document(challenge));
    refresh();
  }

  private static String document(Challenge challenge) {
    byte[] digest =
        Credential.sha256(
            (challenge.type().label() + " " + challenge.name() + " " + challenge.token())
                .getBytes(StandardCharsets.UTF_8));
    return PREFIX + HexFormat.of().formatHex(digest, 0, 16) + ".json";
  }

  /** Reads what other processes have posted. Expired challenges are no longer answered. */
  synchronized void refresh() throws StateException {
    Instant now = clock.instant();
    Set<String> names =
        documents.names().stream()
            .filter(name -> name.startsWith(PREFIX))
            .collect(Collectors.toSet());
    boolean isChanged = posted.keySet().retainAll(names);
    for (String name : names) {
      if (!posted.containsKey(name)) {
        Posted found = read(name, now);
        if (found != null) {
          posted.put(name, found);
          isChanged = true;
        }
      }
    }
    isChanged |= posted.values().removeIf(each -> each.challenge().expires().isBefore(now));
    if (isChanged) {
      publish();
    }
  }

  /** Removes the documents of expired challenges, which a killed process left. */
  synchronized void sweep() throws StateException {
    Instant now = clock.instant();
    for (String name : documents.names()) {
      if (name.startsWith(PREFIX) && !posted.containsKey(name) && read(name, now) == null) {
        documents.delete(name);
      }
    }
  }

  /** Null if it is gone, expired or damaged. */
  private @Nullable Posted read(String name, Instant now) throws StateException {
    byte[] content = documents.read(name);
    if (content == null) {
      return null;
    }
    try {
      Challenge challenge = Challenge.of(content);
      if (challenge.expires().isBefore(now)) {
        return null;
      }
      return new Posted(
          challenge,
          challenge.type() == ChallengeType.TLS_ALPN_01
              ? ChallengeCertificate.of(challenge.name(), challenge.authorization(), now)
              : null);
    } catch (IOException damaged) {
      LOG.warn(
          "acme: the challenge {} in the state directory is ignored: {}",
          name,
          damaged.getMessage());
      return null;
    }
  }

  private void publish() {
    Map<String, ChallengeCertificate> certificates = new HashMap<>();
    Map<String, byte[]> files = new HashMap<>();
    List<Posted> oldestFirst =
        posted.values().stream()
            .sorted(Comparator.comparing(each -> each.challenge().expires()))
            .toList();
    // A killed process may have left a challenge for the same name: the newest counts.
    for (Posted each : oldestFirst) {
      ChallengeCertificate certificate = each.certificate();
      if (certificate != null) {
        certificates.put(certificate.serverName(), certificate);
      }
      if (each.challenge().type() == ChallengeType.HTTP_01) {
        files.put(
            each.challenge().token(),
            each.challenge().authorization().getBytes(StandardCharsets.US_ASCII));
      }
    }
    handshakes.publish(certificates);
    answers = Map.copyOf(files);
  }

  /** The body that answers an HTTP-01 request for {@code token}; null if none is pending. */
  byte @Nullable [] answer(String token) {
    return answers.get(token);
  }
}
