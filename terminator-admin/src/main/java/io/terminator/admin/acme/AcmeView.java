package io.terminator.admin.acme;

import io.terminator.tls.certificate.credential.Credential;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What ACME does now. {@code problem} says why nothing is ordered, or null. {@code processes}
 * counts the processes that share the state directory, this one included.
 */
public record AcmeView(
    String directory,
    boolean isLeader,
    int processes,
    @Nullable String problem,
    int ordersWithinHour,
    int ordersPerHour,
    List<Account> accounts,
    List<Certificate> certificates,
    List<Persistent> persistent) {
  public AcmeView {
    accounts = List.copyOf(accounts);
    certificates = List.copyOf(certificates);
    persistent = List.copyOf(persistent);
  }

  /** {@code url} is null before the registration. */
  public record Account(String directory, @Nullable String url, List<String> contacts) {}

  /**
   * One managed certificate. {@code renewAt} and {@code reason} say when the next order begins and
   * why then. {@code order} is the address of the open order.
   */
  public record Certificate(
      String name,
      List<String> names,
      String keyType,
      @Nullable String profile,
      boolean isIssued,
      @Nullable Instant notAfter,
      @Nullable String issuedBy,
      boolean isOrdering,
      @Nullable String order,
      Instant renewAt,
      String reason,
      int failures,
      @Nullable Failure lastFailure,
      @Nullable DryRun dryRun) {

    static Certificate of(
        OrderPlan plan,
        OrderState state,
        @Nullable Credential served,
        boolean isOrdering,
        @Nullable DryRun dryRun) {
      Target target = plan.target();
      OrderState.LastError error = state.lastError();
      OrderState.Open order = state.open();
      return new Certificate(
          target.name(),
          target.names(),
          target.keyType().name().toLowerCase(Locale.ROOT).replace('_', '-'),
          target.profile(),
          served != null,
          served == null ? null : served.notAfter(),
          state.issuedBy(),
          isOrdering,
          order == null ? null : order.url(),
          plan.at(),
          plan.reason(),
          state.failures(),
          error == null
              ? null
              : new Failure(
                  error.at(), error.directory(), error.type(), error.detail(), error.fix()),
          dryRun);
    }
  }

  /** A record that dns-persist-01 at {@code directory} needs. */
  public record Persistent(String directory, PersistentRecord record) {}

  /**
   * An order at a staging directory. {@code failure} is null if it succeeded or is not over. {@code
   * at} is when it ended.
   */
  public record DryRun(Instant at, String directory, boolean isOver, @Nullable Failure failure) {}

  /** {@code detail} is in the authority's own words. */
  public record Failure(Instant at, String directory, String type, String detail, String fix) {}
}
