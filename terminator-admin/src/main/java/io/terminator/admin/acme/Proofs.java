package io.terminator.admin.acme;

import io.terminator.tls.certificate.upload.StateException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shredzone.acme4j.Authorization;
import org.shredzone.acme4j.challenge.Challenge;
import org.shredzone.acme4j.challenge.Dns01Challenge;
import org.shredzone.acme4j.challenge.TokenChallenge;
import org.shredzone.acme4j.exception.AcmeException;

/** Chooses among the challenges that an authority offers, and answers them. */
final class Proofs {
  private static final Duration CHALLENGE_KEPT = Duration.ofMinutes(10);

  private final AcmeConfig config;
  private final ChallengeBoard board;
  private final @Nullable DnsHook hook;
  private final TextRecords records;
  private final InstantSource clock;
  private final Duration spread;

  /** {@code spread} is the time after which every process of the fleet answers a new challenge. */
  Proofs(
      AcmeConfig config,
      ChallengeBoard board,
      TextRecords records,
      InstantSource clock,
      Duration spread) {
    this.config = config;
    this.board = board;
    this.hook = config.dns() == null ? null : new DnsHook(config.dns(), records);
    this.records = records;
    this.clock = clock;
    this.spread = spread;
  }

  /** The first of the configured challenges that is offered. */
  Challenge choose(Authorization authorization) throws AcmeFailure {
    for (ChallengeType type : config.challenges()) {
      for (Challenge offered : authorization.getChallenges()) {
        if (offered.getType().equals(type.label())
            && (offered instanceof TokenChallenge || offered instanceof PersistChallenge)) {
          return offered;
        }
      }
    }
    throw new AcmeFailure(
        Faults.CHALLENGE,
        "the authority offers for "
            + authorization.getIdentifier().getValue()
            + " only "
            + authorization.getChallenges().stream().map(Challenge::getType).toList(),
        "allow one of them in acme.challenges",
        null,
        true,
        null);
  }

  /** The answer to a challenge that {@link #choose} returned. */
  Proof proof(Target target, AcmeClient client, Authorization authorization, Challenge chosen)
      throws AcmeException, AcmeFailure, StateException {
    String name = authorization.getIdentifier().getValue();
    boolean isOrdered =
        target.names().stream().anyMatch(each -> each.equals(name) || each.equals("*." + name));
    if (!isOrdered) {
      throw Faults.protocol(
          "the authority asks to validate \"" + name + "\", which was not ordered");
    }
    if (chosen instanceof PersistChallenge persist) {
      return persisted(client, persist, name, authorization.isWildcard());
    }
    if (chosen instanceof Dns01Challenge dns) {
      if (hook == null) {
        throw new IllegalStateException("dns-01 is not configured without a hook");
      }
      return hook.record(Dns01Challenge.RECORD_NAME_PREFIX + "." + name, dns.getDigest());
    }
    if (!(chosen instanceof TokenChallenge token)) {
      throw new IllegalStateException("chosen from the known types");
    }
    ChallengeType type = null;
    for (ChallengeType each : ChallengeType.values()) {
      type = each.label().equals(chosen.getType()) ? each : type;
    }
    if (type == null) {
      throw new IllegalStateException("chosen from the known types");
    }
    // RFC 8555 section 8.1: the token, a dot, and the thumbprint of the account's key.
    String authorized = token.getAuthorization();
    return board.proof(
        new io.terminator.admin.acme.Challenge(
            type,
            name,
            authorized.substring(0, authorized.indexOf('.')),
            authorized,
            clock.instant().plus(CHALLENGE_KEPT)),
        spread);
  }

  /** The operator has set the record. The authority is asked to look only if it is right. */
  private Proof persisted(
      AcmeClient client, PersistChallenge challenge, String domain, boolean isWildcard)
      throws AcmeException, AcmeFailure, StateException {
    PersistTerms terms = client.persistTerms(challenge);
    return new Proof() {
      @Override
      public void show() {
        // Nothing is shown for one order alone.
      }

      @Override
      public void awaitVisible() throws AcmeFailure, InterruptedException {
        String fault = fault(terms, domain, isWildcard);
        if (fault != null) {
          PersistentRecord right = terms.record(domain, isWildcard, null);
          throw new AcmeFailure(
              Faults.RECORD,
              fault,
              "set the TXT record " + right.name() + " to \"" + right.value() + "\"",
              null,
              false,
              null);
        }
      }

      @Override
      public void remove() {
        // The record stays for the next order.
      }
    };
  }

  private @Nullable String fault(PersistTerms terms, String domain, boolean isWildcard)
      throws InterruptedException {
    Instant now = clock.instant();
    try {
      String fault = terms.fault(domain, isWildcard, records.of(PersistTerms.place(domain)), now);
      // A record of a parent with policy=wildcard covers its subdomains.
      for (String parent = parent(domain);
          fault != null && parent.contains(".");
          parent = parent(parent)) {
        List<String> texts = records.of(PersistTerms.place(parent));
        if (!texts.isEmpty() && terms.fault(parent, true, texts, now) == null) {
          return null;
        }
      }
      return fault;
    } catch (IOException unanswered) {
      return String.valueOf(unanswered.getMessage());
    }
  }

  private static String parent(String domain) {
    return domain.substring(domain.indexOf('.') + 1);
  }
}
