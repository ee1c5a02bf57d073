package io.terminator.admin.acme;

import io.terminator.admin.acme.OrderRun.Journal;
import io.terminator.admin.json.JsonObject;
import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.managed.ManagedCertificates;
import io.terminator.tls.certificate.reader.Loaded;
import io.terminator.tls.certificate.upload.StateDocuments;
import io.terminator.tls.certificate.upload.StateException;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Orders at a staging directory, which show whether an order would succeed. The request and the
 * result are one document in the shared state directory: any process writes the request, the one
 * that orders takes it, and all show the result. The account is in memory, and the certificate is
 * neither stored nor served. Thread-safe.
 */
final class DryRuns {
  private static final Logger LOG = LoggerFactory.getLogger(DryRuns.class);
  private static final String PREFIX = "dry-run-";
  private static final String JSON = ".json";
  private static final Duration POLL = Duration.ofMillis(200);

  private final StateDocuments documents;
  private final InstantSource clock;
  private @Nullable AcmeClient client;
  private @Nullable AuthorityConfig authority;

  private enum Phase {
    REQUESTED,
    RUNNING,
    ENDED
  }

  private record Stored(Phase phase, AcmeView.DryRun run) {}

  DryRuns(StateDocuments documents, InstantSource clock) {
    this.documents = documents;
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

  /** Asks the process that orders for one at {@code directory}, unless one is in progress. */
  void request(String certificate, String directory) throws StateException {
    Stored latest = read(certificate);
    if (latest == null || latest.phase() != Phase.RUNNING) {
      write(certificate, Phase.REQUESTED, directory, null);
    }
  }

  /** The certificates for which one is requested. {@code names} are those of all documents. */
  List<String> requested(Set<String> names) throws StateException {
    return in(Phase.REQUESTED, names);
  }

  private List<String> in(Phase phase, Set<String> names) throws StateException {
    return stored(names).entrySet().stream()
        .filter(each -> each.getValue().phase() == phase)
        .map(Map.Entry::getKey)
        .toList();
  }

  private Map<String, Stored> stored(Set<String> names) throws StateException {
    Map<String, Stored> all = new TreeMap<>();
    for (String name : names) {
      if (name.startsWith(PREFIX) && name.endsWith(JSON)) {
        String certificate = name.substring(PREFIX.length(), name.length() - JSON.length());
        Stored latest = read(certificate);
        if (latest != null) {
          all.put(certificate, latest);
        }
      }
    }
    return all;
  }

  /** Ends those that a process left which no longer orders. */
  void sweep() throws StateException {
    for (String certificate : in(Phase.RUNNING, documents.names())) {
      fail(certificate, "the process that ordered has ended", "try again");
    }
  }

  /** The latest ones by certificate, which may still run. {@code names} are as above. */
  Map<String, AcmeView.DryRun> all(Set<String> names) throws StateException {
    Map<String, AcmeView.DryRun> all = new TreeMap<>();
    stored(names).forEach((certificate, latest) -> all.put(certificate, latest.run()));
    return all;
  }

  private AcmeView.@Nullable DryRun of(String certificate) throws StateException {
    Stored latest = read(certificate);
    return latest == null ? null : latest.run();
  }

  /** The latest one for a certificate, when it has ended, or after {@code longest}. */
  AcmeView.@Nullable DryRun await(String certificate, Duration longest) throws StateException {
    long deadline = System.nanoTime() + longest.toNanos();
    AcmeView.DryRun latest = of(certificate);
    try {
      while (latest != null && !latest.isOver() && System.nanoTime() < deadline) {
        Thread.sleep(POLL.toMillis());
        latest = of(certificate);
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
    return latest;
  }

  /** Says that one cannot begin. */
  void refuse(String certificate, @Nullable String why) throws StateException {
    fail(
        certificate,
        "the process that orders does not run it: " + why,
        "give all processes that share state-dir the same configuration");
  }

  private void fail(String certificate, String detail, String fix) throws StateException {
    Stored latest = read(certificate);
    if (latest != null) {
      String directory = latest.run().directory();
      write(
          certificate,
          Phase.ENDED,
          directory,
          new AcmeView.Failure(clock.instant(), directory, Faults.OTHER, detail, fix));
    }
  }

  /** Orders and forgets, if one is still requested. Blocks its thread for seconds to minutes. */
  void run(
      Target target,
      AcmeConfig config,
      AuthorityConfig staging,
      ManagedCertificates certificates,
      Proofs proofs) {
    String name = target.name();
    String directory = staging.directory().toString();
    boolean isStopped = false;
    AcmeView.Failure failure = null;
    try {
      Stored latest = read(name);
      if (latest == null || latest.phase() != Phase.REQUESTED) {
        return;
      }
      write(name, Phase.RUNNING, directory, null);
      LOG.info("certificate={}: dry run at {}", name, directory);
      new OrderRun(
              target, config, client(staging), proofs, new Forgotten(name, certificates), clock)
          .run();
      LOG.info("certificate={}: the dry run at {} succeeded", name, directory);
    } catch (StateException unusable) {
      failure = failure(directory, Faults.of(unusable));
    } catch (AcmeFailure refused) {
      failure = failure(directory, refused);
    } catch (InterruptedException stopped) {
      isStopped = true;
      failure =
          new AcmeView.Failure(
              clock.instant(),
              directory,
              Faults.OTHER,
              "the process that ordered has ended",
              "try again");
    } catch (RuntimeException | Error fault) {
      LOG.error("certificate={}: the dry run failed. Report the stack", name, fault);
      failure =
          new AcmeView.Failure(
              clock.instant(), directory, Faults.OTHER, fault.toString(), "report it");
    }
    if (failure != null) {
      LOG.warn(
          "certificate={}: the dry run at {} failed: type={}: {}. To fix it: {}",
          name,
          directory,
          failure.type(),
          failure.detail(),
          failure.fix());
    }
    try {
      write(name, Phase.ENDED, directory, failure);
    } catch (StateException unwritten) {
      LOG.warn(
          "certificate={}: the result of the dry run is not stored: {}",
          name,
          unwritten.getMessage());
    }
    if (isStopped) {
      Thread.currentThread().interrupt();
    }
  }

  private AcmeView.Failure failure(String directory, AcmeFailure refused) {
    return new AcmeView.Failure(
        clock.instant(), directory, refused.type(), refused.detail(), refused.fix());
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

  private void write(
      String certificate, Phase phase, String directory, AcmeView.@Nullable Failure failure)
      throws StateException {
    JsonObject root =
        new JsonObject()
            .put("phase", phase.name())
            .put("at", clock.instant())
            .put("directory", directory);
    if (failure != null) {
      root.put("type", failure.type()).put("detail", failure.detail()).put("fix", failure.fix());
    }
    documents.write(PREFIX + certificate + JSON, root.bytes());
  }

  /** Null if there is none, or if it is damaged. */
  private @Nullable Stored read(String certificate) throws StateException {
    byte[] content = documents.read(PREFIX + certificate + JSON);
    if (content == null) {
      return null;
    }
    try {
      JsonObject root = JsonObject.parse(content);
      Phase phase = Phase.valueOf(root.requireText("phase"));
      Instant at = root.requireTime("at");
      String directory = root.requireText("directory");
      String type = root.text("type");
      AcmeView.Failure failure =
          type == null
              ? null
              : new AcmeView.Failure(
                  at, directory, type, root.requireText("detail"), root.requireText("fix"));
      return new Stored(phase, new AcmeView.DryRun(at, directory, phase == Phase.ENDED, failure));
    } catch (IOException | IllegalArgumentException damaged) {
      return null;
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

    /**
     * As in a real order: what is issued is compared with it, and {@code reuse-key} takes its key.
     */
    @Override
    public @Nullable Credential served() {
      return certificates.find(certificate);
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
