package io.terminator.admin.acme;

import io.terminator.admin.acme.OrderRun.Journal;
import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.managed.ManagedCertificates;
import io.terminator.tls.certificate.reader.Loaded;
import io.terminator.tls.certificate.upload.StateException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Orders at a staging directory, which show whether an order would succeed. They have an account of
 * their own, in memory; nothing of them is stored, served or counted. Thread-safe.
 */
final class DryRuns {
  private static final Logger LOG = LoggerFactory.getLogger(DryRuns.class);

  private final InstantSource clock;

  /** By certificate. */
  private final Map<String, CompletableFuture<AcmeView.DryRun>> latest = new ConcurrentHashMap<>();

  private @Nullable AcmeClient client;
  private @Nullable AuthorityConfig authority;

  DryRuns(InstantSource clock) {
    this.clock = clock;
  }

  /** The configuration of a dry run; the exception says why there cannot be one. */
  static AcmeConfig of(AcmeConfig config) throws AcmeRefusedException {
    if (config.staging() == null) {
      throw new AcmeRefusedException(
          config.authority().directory()
              + " has no staging directory that is known here; expected acme.staging");
    }
    // The record names the account, and a dry run has none that lasts.
    List<ChallengeType> challenges =
        config.challenges().stream().filter(each -> each != ChallengeType.DNS_PERSIST_01).toList();
    if (challenges.isEmpty()) {
      throw new AcmeRefusedException(
          "acme.challenges has only dns-persist-01, whose records name the account, and a dry run"
              + " has an account of its own; expected another challenge");
    }
    return config.withChallenges(challenges);
  }

  /** From now on the latest one is one that runs. */
  void begin(String certificate) {
    latest.put(certificate, new CompletableFuture<>());
  }

  /** Orders and forgets, after {@link #begin}. Blocks its thread for seconds to minutes. */
  void run(
      Target target,
      AcmeConfig config,
      AuthorityConfig staging,
      ManagedCertificates certificates,
      Proofs proofs) {
    CompletableFuture<AcmeView.DryRun> result =
        Objects.requireNonNull(latest.get(target.name()), "after begin");
    String directory = staging.directory().toString();
    AcmeView.Failure failure = null;
    try {
      LOG.info("certificate={}: dry run at {}", target.name(), directory);
      new OrderRun(
              target,
              config,
              client(staging),
              proofs,
              new Forgotten(target.name(), certificates),
              clock)
          .run();
      LOG.info("certificate={}: the dry run at {} succeeded", target.name(), directory);
    } catch (AcmeFailure refused) {
      LOG.warn(
          "certificate={}: the dry run at {} failed: type={}: {}. To fix it: {}",
          target.name(),
          directory,
          refused.type(),
          refused.detail(),
          refused.fix());
      failure =
          new AcmeView.Failure(
              clock.instant(), directory, refused.type(), refused.detail(), refused.fix());
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      failure =
          new AcmeView.Failure(
              clock.instant(), directory, Faults.OTHER, "the process ends", "try again");
    } catch (RuntimeException | Error fault) {
      LOG.error("certificate={}: the dry run failed. Report the stack", target.name(), fault);
      failure =
          new AcmeView.Failure(
              clock.instant(), directory, Faults.OTHER, fault.toString(), "report it");
    } finally {
      result.complete(new AcmeView.DryRun(clock.instant(), directory, true, failure));
    }
  }

  private synchronized AcmeClient client(AuthorityConfig staging) {
    AcmeClient known = client;
    if (known == null || !staging.equals(authority)) {
      // No contacts: nobody is to be told about certificates that nobody uses.
      known = new AcmeClient(staging, List.of(), null);
      client = known;
      authority = staging;
    }
    return known;
  }

  /** The latest one for a certificate, which may still run; null if there was none. */
  AcmeView.@Nullable DryRun of(String certificate, AcmeConfig config) {
    CompletableFuture<AcmeView.DryRun> known = latest.get(certificate);
    AuthorityConfig staging = config.staging();
    if (known == null || staging == null) {
      return null;
    }
    AcmeView.DryRun running =
        new AcmeView.DryRun(clock.instant(), staging.directory().toString(), false, null);
    return known.getNow(running);
  }

  /** Waits for the latest one to end, but no longer than {@code millis}. */
  void await(String certificate, long millis) {
    CompletableFuture<AcmeView.DryRun> known = latest.get(certificate);
    try {
      if (known != null) {
        AcmeView.DryRun unused = known.get(millis, TimeUnit.MILLISECONDS);
      }
    } catch (TimeoutException | ExecutionException late) {
      LOG.debug("certificate={}: the dry run takes longer", certificate, late);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  /** Keeps the order in memory, and its certificate not at all. One thread. */
  private static final class Forgotten implements Journal {
    private final String certificate;
    private final ManagedCertificates certificates;
    private OrderState state = OrderState.NONE;

    Forgotten(String certificate, ManagedCertificates certificates) {
      this.certificate = certificate;
      this.certificates = certificates;
    }

    @Override
    public OrderState state() {
      return state;
    }

    @Override
    public void save(OrderState changed) {
      state = changed;
    }

    @Override
    public String seal(KeyPair keys) {
      return Base64.getEncoder().encodeToString(Keys.encode(keys));
    }

    @Override
    public KeyPair unseal(String sealed) throws GeneralSecurityException {
      return Keys.decode(Base64.getDecoder().decode(sealed));
    }

    /** None: neither its key is used again nor its replacement announced. */
    @Override
    public @Nullable Credential served() {
      return null;
    }

    @Override
    public Loaded parse(byte[] chain, byte[] key) throws StateException {
      return certificates.parse(certificate, chain, key);
    }

    @Override
    public void keep(Loaded issued) {
      // It was checked, which is all that a dry run wants.
    }
  }
}
