package io.terminator.admin.acme;

import io.terminator.core.setting.Secret;
import io.terminator.tls.certificate.source.ManagedCertificate;
import io.terminator.tls.certificate.upload.StateDocuments;
import io.terminator.tls.certificate.upload.StateException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shredzone.acme4j.exception.AcmeException;

/** The TXT records for dns-persist-01, before or while an appliance runs. */
public final class PersistentRecords {
  private PersistentRecords() {}

  /**
   * The records for {@code managed} at all authorities of {@code config}. Asks the authorities, and
   * registers an account where there is none in {@code directory}, unless another process orders.
   * The exception's message is for the operator.
   */
  public static List<PersistentRecord> of(
      AcmeConfig config,
      List<ManagedCertificate> managed,
      Path directory,
      @Nullable Secret secret,
      @Nullable Instant until)
      throws IOException {
    List<Target> targets =
        managed.stream().flatMap(each -> Target.of(each, config).stream()).toList();
    List<AuthorityConfig> authorities = new ArrayList<>(List.of(config.authority()));
    if (config.fallback() != null) {
      authorities.add(config.fallback());
    }
    List<PersistentRecord> records = new ArrayList<>();
    try {
      StateDocuments documents = StateDocuments.open(directory, secret);
      for (AuthorityConfig authority : authorities) {
        AcmeClient client = new AcmeClient(authority, config.contacts(), documents);
        records.addAll(terms(client, directory).records(targets, until));
      }
    } catch (StateException unusable) {
      throw new IOException(unusable.getMessage(), unusable);
    }
    return records;
  }

  private static PersistTerms terms(AcmeClient client, Path directory)
      throws IOException, StateException {
    try (LeaderLease lease = new LeaderLease(directory.resolve("leader.lock"))) {
      // Two processes would register two accounts, and one would be forgotten.
      if (!client.isRegistered() && !lease.tryHold()) {
        throw new IOException(
            client.directory()
                + ": a running instance has not registered its account yet. Try again, or see"
                + " lastFailure in GET /v1/acme");
      }
      PersistTerms terms = client.persistTerms(null);
      if (terms.issuers().isEmpty()) {
        throw new IOException(
            client.directory()
                + ": the directory does not name its issuer domain names. Start Terminator: after"
                + " the first order GET /v1/acme shows the records");
      }
      return terms;
    } catch (AcmeFailure failure) {
      throw refused(client, failure);
    } catch (AcmeException | RuntimeException failure) {
      throw refused(client, Faults.of(failure, client.retryAfter()));
    }
  }

  private static IOException refused(AcmeClient client, AcmeFailure failure) {
    return new IOException(
        client.directory()
            + ": "
            + failure.type()
            + ": "
            + failure.detail()
            + ". To fix it: "
            + failure.fix(),
        failure);
  }
}
