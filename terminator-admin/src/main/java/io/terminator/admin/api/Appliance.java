package io.terminator.admin.api;

import io.terminator.admin.lifecycle.State;
import io.terminator.admin.reload.ReloadOutcome;
import io.terminator.core.connection.WorkerGroup;
import io.terminator.core.flow.FailureInbox;
import io.terminator.core.logbuffer.LogFlusher;
import io.terminator.core.route.BackendPool;
import io.terminator.tls.certificate.Certificates;
import io.terminator.tls.certificate.credential.ReportedProblem;
import io.terminator.tls.clienthello.ClientHello;
import io.terminator.tls.judgement.Verdict;
import io.terminator.tls.ticket.TicketKeyRing;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the API is an API to. Any thread but a worker; methods may block. */
public interface Appliance {
  String version();

  Instant started();

  /** Where it is between its start and its end. */
  State state();

  /** By listener; ports are the real ones. */
  Map<String, List<SocketAddress>> addresses();

  WorkerGroup workers();

  LogFlusher log();

  Certificates certificates();

  /** Problems of certificates: what {@link #certificates} reports, and what their issuers say by OCSP. */
  List<ReportedProblem> certificateProblems();

  /** Ends the resumption of every session that was begun before. */
  TicketKeyRing.Revocation revokeTickets();

  List<BackendPool> pools();

  FailureInbox failures();

  Throughput throughput();

  /** Reads the configuration again; {@code by} is for the log. */
  ReloadOutcome reload(String by);

  /** What a reload would do; {@code content} stands in for the file's, null for what it holds. */
  ReloadOutcome check(byte @Nullable [] content);

  /** Begins the drain that ends the process, unless it drains already; returns at once. */
  void beginDrain();

  /** How {@code listener} answers {@code hello} of {@code client} now; null where the listener is gone. */
  @Nullable Verdict judge(String listener, ClientHello hello, SocketAddress client);

  /** How each listener answers {@code hello} of a client at {@code source}. */
  List<Explanation> explain(
      ClientHello hello, InetAddress source, @Nullable InetAddress destination);
}
