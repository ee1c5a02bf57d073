package io.terminator.admin.api;

import io.terminator.admin.acme.AcmeService;
import io.terminator.admin.lifecycle.State;
import io.terminator.admin.recording.Recordings;
import io.terminator.admin.reload.ReloadOutcome;
import io.terminator.core.connection.WorkerGroup;
import io.terminator.core.flow.ClientTops;
import io.terminator.core.flow.FailureInbox;
import io.terminator.core.logbuffer.LogFlusher;
import io.terminator.core.route.BackendPool;
import io.terminator.tls.certificate.Certificates;
import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.credential.ReportedProblem;
import io.terminator.tls.clienthello.ClientHello;
import io.terminator.tls.judgement.Verdict;
import io.terminator.tls.policy.NamedPolicy;
import io.terminator.tls.report.PolicyReport;
import io.terminator.tls.report.PostQuantum;
import io.terminator.tls.ticket.TicketKeyRing;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The appliance as the API sees it. Safe for any thread except a worker; methods may block. */
public interface Appliance {
  String version();

  Instant started();

  /** The current state of the life cycle. */
  State state();

  /** The bound addresses by listener, with the actual ports. */
  Map<String, List<SocketAddress>> addresses();

  WorkerGroup workers();

  LogFlusher log();

  Certificates certificates();

  /**
   * Certificate problems: those in {@link #certificates}, and those that the issuers report through
   * OCSP.
   */
  List<ReportedProblem> certificateProblems();

  /** Orders certificates, if the configuration says so. */
  AcmeService acme();

  /**
   * The listeners that terminate TLS, and whether each has a usable certificate. The others pass
   * all of it through.
   */
  Map<String, Boolean> terminatingListeners();

  /** Prevents the resumption of all existing sessions. */
  TicketKeyRing.Revocation revokeTickets();

  List<BackendPool> pools();

  FailureInbox failures();

  ClientTops clientTops();

  /** Recordings of events, on request. */
  Recordings recordings();

  Throughput throughput();

  /** Reloads the configuration; {@code by} names the initiator in the log. */
  ReloadOutcome reload(String by);

  /**
   * Reports what a reload would do. {@code content} replaces the content of the file; null uses the
   * file.
   */
  ReloadOutcome check(byte @Nullable [] content);

  /**
   * What the configuration would do to the clients of the last hour; {@code content} as for {@link
   * #check}. Null if the configuration is refused.
   */
  @Nullable Effect effect(byte @Nullable [] content);

  /** What {@code uploaded} would do to the clients of the last hour. */
  Effect effect(Credential uploaded);

  /**
   * Begins to close the connections on an earlier version of a certificate, or those accepted
   * {@code before}, and ends the resumption of its sessions. Null if the name is not in use; an
   * {@code IllegalStateException} says why it cannot begin now.
   */
  @Nullable RetirementView retire(String name, Duration window, @Nullable Instant before);

  /** Stops a retirement; null if none of this {@code name} is running. */
  @Nullable RetirementView stopRetirement(String name);

  /** The retirements since the start, at most 16. */
  List<RetirementView> retirements();

  /** The policies for server names of all listeners. */
  List<PolicyView> policies();

  /** Use of the hybrid key exchange by certificate. */
  PostQuantum postQuantum();

  /** What the policies in report mode found. */
  List<PolicyReport> policyReports();

  /**
   * Sets the mode of the policies with that name, in place of the one in the file; null returns to
   * it. Lasts until the next start, or until the file changes the policy. {@code by} names the
   * initiator in the log.
   */
  ReloadOutcome setPolicyMode(String name, NamedPolicy.@Nullable Mode mode, String by);

  /** The time that open connections have to end in a drain. */
  Duration drainWindow();

  /**
   * Begins the drain that ends the process, unless a drain is already in progress. Returns at once.
   */
  void beginDrain();

  /**
   * How {@code listener} would answer {@code hello} from {@code client} now; null if the listener
   * no longer exists.
   */
  @Nullable Verdict judge(
      String listener,
      ClientHello hello,
      SocketAddress client,
      @Nullable SocketAddress destination);

  /**
   * How each listener would answer {@code hello} from a client at {@code source}, and one with HTTP
   * {@code asked}.
   */
  List<Explanation> explain(
      ClientHello hello, InetAddress source, @Nullable InetAddress destination, AskedRequest asked);
}
