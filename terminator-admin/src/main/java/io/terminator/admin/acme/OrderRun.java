package io.terminator.admin.acme;

import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.reader.Loaded;
import io.terminator.tls.certificate.source.ManagedCertificate;
import io.terminator.tls.certificate.upload.StateException;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.shredzone.acme4j.Authorization;
import org.shredzone.acme4j.Certificate;
import org.shredzone.acme4j.Identifier;
import org.shredzone.acme4j.Login;
import org.shredzone.acme4j.Order;
import org.shredzone.acme4j.OrderBuilder;
import org.shredzone.acme4j.PollableResource;
import org.shredzone.acme4j.Status;
import org.shredzone.acme4j.challenge.Challenge;
import org.shredzone.acme4j.exception.AcmeException;
import org.shredzone.acme4j.exception.AcmeServerException;
import org.shredzone.acme4j.util.CSRBuilder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One try to get a certificate: begins an order or continues the stored one, proves control of the
 * names, and stores the certificate. Blocks its thread for seconds to minutes. What it needs to go
 * on after a crash is stored before each step. Single use.
 */
final class OrderRun {
  private static final Logger LOG = LoggerFactory.getLogger(OrderRun.class);

  private static final Duration VALIDATION = Duration.ofMinutes(2);
  private static final Duration ISSUANCE = Duration.ofMinutes(2);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(250);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  private final Target target;
  private final AcmeConfig config;
  private final AcmeClient client;
  private final Proofs proofs;
  private final Journal journal;
  private final InstantSource clock;

  /**
   * Where the progress of the order and the certificate are stored, and their secrets are sealed.
   */
  interface Journal {
    OrderState state();

    void save(OrderState state) throws StateException;

    String seal(KeyPair keys);

    KeyPair unseal(String sealed) throws StateException, GeneralSecurityException;

    /** The newest certificate; null before the first one. */
    @Nullable Credential served();

    /** Parses and checks an issued certificate without storing it. PEM. */
    Loaded parse(byte[] chain, byte[] key) throws StateException;

    /** Stores a certificate from {@link #parse} durably. */
    void keep(Loaded issued) throws StateException;
  }

  OrderRun(
      Target target,
      AcmeConfig config,
      AcmeClient client,
      Proofs proofs,
      Journal journal,
      InstantSource clock) {
    this.target = target;
    this.config = config;
    this.client = client;
    this.proofs = proofs;
    this.journal = journal;
    this.clock = clock;
  }

  /** Returns when the certificate is stored; the caller publishes it. */
  void run() throws AcmeFailure, InterruptedException {
    try {
      Order order = order();
      Status status = order.getStatus();
      if (status == Status.PENDING) {
        authorize(order);
        status =
            poll(
                order,
                Set.of(Status.READY, Status.VALID, Status.INVALID),
                VALIDATION,
                "the authority has not finished its validation");
      }
      KeyPair keys = journal.unseal(open().key());
      if (status == Status.READY) {
        finish(order, keys);
        status = order.getStatus();
      }
      if (status == Status.PROCESSING || status == Status.READY) {
        status =
            poll(
                order,
                Set.of(Status.VALID, Status.INVALID),
                ISSUANCE,
                "the authority has not issued the certificate");
      }
      if (status != Status.VALID) {
        throw refused(order);
      }
      keep(order, keys);
    } catch (StateException unusable) {
      throw Faults.of(unusable);
    } catch (GeneralSecurityException damaged) {
      throw new AcmeFailure(
          Faults.STATE,
          "the stored key of the order is damaged",
          "nothing: the order is begun anew",
          null,
          true,
          damaged);
    } catch (AcmeException | RuntimeException failure) {
      if (isInterrupted(failure)) {
        throw new InterruptedException();
      }
      throw Faults.of(failure, client.retryAfter());
    }
  }

  /** acme4j wraps an interruption in a network failure. */
  private static boolean isInterrupted(Throwable failure) {
    for (Throwable each = failure; each != null; each = each.getCause()) {
      if (each instanceof InterruptedException) {
        return true;
      }
    }
    return false;
  }

  private OrderState.Open open() {
    OrderState.Open open = journal.state().open();
    if (open == null) {
      throw new IllegalStateException("the order was stored before it was begun");
    }
    return open;
  }

  private Order order() throws AcmeException, StateException, AcmeFailure {
    Login login = client.login();
    OrderState.Open stored = journal.state().open();
    if (stored != null && stored.directory().equals(client.directory()) && stored.url() != null) {
      Order order = login.bindOrder(AcmeClient.url(stored.url()));
      if (isUsable(order, stored)) {
        return order;
      }
    }
    Instant now = clock.instant();
    OrderState.Open fresh =
        new OrderState.Open(client.directory(), null, journal.seal(keys()), now);
    journal.save(journal.state().begun(fresh, now));
    OrderBuilder builder = login.newOrder();
    target.names().forEach(name -> builder.identifier(identifier(name)));
    String profile = target.profile();
    if (profile != null) {
      builder.profile(profile);
    }
    X509Certificate replaced = replaced();
    if (replaced != null) {
      builder.replaces(replaced);
    }
    Order order = builder.create();
    if (!isOurs(order)) {
      throw Faults.protocol(
          "the order is for " + order.getIdentifiers() + " instead of " + target.names());
    }
    journal.save(
        journal
            .state()
            .withOpen(
                new OrderState.Open(
                    fresh.directory(),
                    order.getLocation().toString(),
                    fresh.key(),
                    fresh.since())));
    return order;
  }

  /**
   * The certificate that the order replaces, if the authority wants to know (RFC 9773 section 5).
   */
  private @Nullable X509Certificate replaced() {
    OrderState state = journal.state();
    OrderState.Proposal proposal = state.proposal();
    Credential served = journal.served();
    return served != null
            && proposal != null
            && proposal.start() != null
            && proposal.fingerprint().equals(served.fingerprint())
            && client.directory().equals(state.issuedBy())
        ? served.leaf()
        : null;
  }

  /** Whether the stored order can still become the certificate that is wanted now. */
  private boolean isUsable(Order order, OrderState.Open stored)
      throws AcmeException, StateException {
    try {
      order.fetch();
      return order.getStatus() != Status.INVALID
          && isOurs(order)
          && Keys.fits(journal.unseal(stored.key()), target.keyType());
    } catch (AcmeServerException refused) {
      String type = refused.getType().toString();
      if (type.endsWith(":malformed") || type.endsWith(":unauthorized")) {
        return false;
      }
      throw refused;
    } catch (AcmeException failure) {
      if ("HTTP 404".equals(failure.getMessage())) {
        return false;
      }
      throw failure;
    } catch (GeneralSecurityException damaged) {
      return false;
    }
  }

  private boolean isOurs(Order order) {
    Set<Identifier> ordered = new HashSet<>(order.getIdentifiers());
    return ordered.equals(
        target.names().stream().map(OrderRun::identifier).collect(Collectors.toSet()));
  }

  private static Identifier identifier(String name) {
    return ManagedCertificate.isAddress(name) ? Identifier.ip(name) : Identifier.dns(name);
  }

  private KeyPair keys() {
    Credential served = journal.served();
    if (config.reusesKey()
        && served != null
        && served.keyKind().name().equals(target.keyType().algorithm())
        && served.keyBits() == target.keyType().bits()) {
      return new KeyPair(served.leaf().getPublicKey(), served.key());
    }
    return Keys.generate(target.keyType().algorithm(), target.keyType().bits());
  }

  private void authorize(Order order)
      throws AcmeException, AcmeFailure, StateException, InterruptedException {
    List<Authorization> pending = new ArrayList<>();
    List<Challenge> answered = new ArrayList<>();
    List<Proof> shown = new ArrayList<>();
    try {
      for (Authorization authorization : order.getAuthorizations()) {
        if (authorization.getStatus() == Status.VALID) {
          continue;
        }
        if (authorization.getStatus() == Status.PENDING) {
          Challenge chosen = proofs.choose(authorization);
          Proof proof = proofs.proof(target, client, authorization, chosen);
          shown.add(proof);
          proof.show();
          answered.add(chosen);
        }
        pending.add(authorization);
      }
      for (Proof proof : shown) {
        proof.awaitVisible();
      }
      for (Challenge challenge : answered) {
        // After a restart the authority may already be at it.
        if (challenge.getStatus() == Status.PENDING) {
          challenge.trigger();
        }
      }
      for (Authorization authorization : pending) {
        Status status =
            poll(
                authorization,
                Set.of(
                    Status.VALID,
                    Status.INVALID,
                    Status.EXPIRED,
                    Status.REVOKED,
                    Status.DEACTIVATED),
                VALIDATION,
                "the authority has not validated " + authorization.getIdentifier().getValue());
        if (status != Status.VALID) {
          throw refused(authorization);
        }
      }
    } finally {
      for (Proof proof : shown) {
        remove(proof);
      }
    }
  }

  /** What is left behind does no harm, and must not hide why the order failed. */
  private void remove(Proof proof) throws InterruptedException {
    try {
      proof.remove();
    } catch (AcmeFailure | StateException failure) {
      LOG.warn(
          "certificate={}: the answer to a challenge is not removed: {}",
          target.name(),
          failure.getMessage());
    }
  }

  private static AcmeFailure refused(Authorization authorization) {
    for (var challenge : authorization.getChallenges()) {
      var error = challenge.getError();
      if (error.isPresent()) {
        AcmeFailure told = Faults.of(error.get(), null, null);
        return new AcmeFailure(
            told.type(),
            authorization.getIdentifier().getValue()
                + " by "
                + challenge.getType()
                + ": "
                + told.detail(),
            told.fix(),
            null,
            true,
            null);
      }
    }
    return new AcmeFailure(
        "unauthorized",
        authorization.getIdentifier().getValue()
            + ": the authorization is "
            + authorization.getStatus(),
        "nothing: the order is begun anew",
        null,
        true,
        null);
  }

  private AcmeFailure refused(Order order) {
    return order
        .getError()
        .map(problem -> Faults.of(problem, null, null).orderLost())
        .orElseGet(
            () ->
                new AcmeFailure(
                    Faults.OTHER,
                    "the order became " + order.getStatus() + " without a reason",
                    "nothing: the order is begun anew",
                    null,
                    true,
                    null));
  }

  private void finish(Order order, KeyPair keys) throws AcmeException, AcmeFailure {
    try {
      CSRBuilder request = new CSRBuilder();
      target.names().forEach(name -> request.addIdentifier(identifier(name)));
      request.sign(keys);
      order.execute(request.getEncoded());
    } catch (IOException unsigned) {
      throw new AcmeFailure(
          Faults.STATE,
          "the request cannot be signed: " + unsigned.getMessage(),
          "report it",
          null,
          true,
          unsigned);
    }
  }

  private void keep(Order order, KeyPair keys) throws AcmeException, StateException, AcmeFailure {
    Certificate issued = order.getCertificate();
    issued.download();
    String wanted = config.preferredChain();
    if (wanted != null) {
      issued = issued.findCertificate(wanted).orElse(issued);
    }
    if (issued.getCertificateChain().isEmpty()) {
      throw Faults.protocol("the authority sent no certificate");
    }
    StringWriter pem = new StringWriter();
    try {
      issued.writeCertificate(pem);
    } catch (IOException impossible) {
      throw new IllegalStateException("writing to memory", impossible);
    }
    Loaded loaded =
        journal.parse(
            pem.toString().getBytes(StandardCharsets.US_ASCII), Keys.pem(keys.getPrivate()));
    String fault = Issued.fault(loaded, target.names(), journal.served(), clock.instant());
    if (fault != null) {
      throw new AcmeFailure(
          Faults.CERTIFICATE,
          "the issued certificate is not served: " + fault,
          "report it to the authority; the last certificate stays in service",
          null,
          true,
          null);
    }
    journal.keep(loaded);
  }

  private Status poll(PollableResource resource, Set<Status> ends, Duration longest, String late)
      throws AcmeException, AcmeFailure, InterruptedException {
    Instant deadline = clock.instant().plus(longest);
    Duration pause = FIRST_PAUSE;
    while (true) {
      var wish = resource.fetch();
      if (ends.contains(resource.getStatus())) {
        return resource.getStatus();
      }
      Instant now = clock.instant();
      Duration wait =
          wish.map(until -> Duration.between(now, until))
              .filter(each -> each.compareTo(FIRST_PAUSE) > 0)
              .orElse(pause);
      if (now.plus(wait).isAfter(deadline)) {
        throw Faults.timeout(late + " within " + longest.toSeconds() + " s");
      }
      Thread.sleep(wait.toMillis());
      pause = pause.multipliedBy(2);
      pause = pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
    }
  }
}
