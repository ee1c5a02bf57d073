package io.terminator.tls.report;

import io.terminator.core.observe.Diagnostics;
import io.terminator.core.route.BackendPool;
import io.terminator.core.route.Balance;
import io.terminator.core.route.RouteTable;
import io.terminator.core.worker.Worker;
import io.terminator.tls.certificate.store.CredentialSnapshot;
import io.terminator.tls.clienthello.ClientHello;
import io.terminator.tls.clienthello.ClientHelloParser;
import io.terminator.tls.judgement.Judge;
import io.terminator.tls.judgement.ListenerRules;
import io.terminator.tls.judgement.ServingPolicy;
import io.terminator.tls.judgement.Snapshot;
import io.terminator.tls.judgement.Verdict;
import io.terminator.tls.policy.NamedPolicy;
import io.terminator.tls.policy.TlsPolicyConfig;
import io.terminator.tls.sni.SniConfig;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a policy in report mode adds to a handshake: a second verdict, here a refusal, which costs
 * most; and counting a client that would fail, one that is listed or one of many.
 *
 * <p>Run: {@code test-harness/load/jmh PolicyReportBenchmark -prof gc}
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class PolicyReportBenchmark {
  private static final InetSocketAddress CLIENT = new InetSocketAddress("127.0.0.1", 1);

  private final NamedPolicy policy =
      new NamedPolicy(
          "strict",
          List.of(),
          new TlsPolicyConfig(
              TlsPolicyConfig.Preset.INTERMEDIATE,
              List.of(TlsPolicyConfig.Version.TLS_1_3),
              List.of("P-521"),
              List.of(),
              List.of("none/0")),
          null,
          NamedPolicy.Mode.REPORT,
          null);
  private Worker worker;
  private PolicyReport report;
  private ClientHello hello;
  private Snapshot snapshot;
  private int next;

  @Setup
  public void prepare() throws Exception {
    worker = new Worker("benchmark", new Diagnostics());
    report = new PolicyReport("web", policy);
    SSLEngine engine = SSLContext.getDefault().createSSLEngine("shop.example.com", 443);
    engine.setUseClientMode(true);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
    engine.setSSLParameters(parameters);
    ByteBuffer record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    engine.wrap(ByteBuffer.allocate(0), record);
    record.flip();
    ByteBuffer raw = ByteBuffer.allocateDirect(64 * 1024);
    raw.put(record).flip();
    ClientHelloParser parser = new ClientHelloParser();
    parser.parse(raw, raw.limit());
    hello = parser.hello();
    snapshot =
        new Snapshot(
            new ListenerRules(
                new RouteTable(new BackendPool("app", Balance.ROUND_ROBIN, List.of())),
                List.of(new ServingPolicy(0, policy, policy.tls())),
                SniConfig.DEFAULT),
            (CredentialSnapshot) null);
    if (!(judge() instanceof Verdict.Refuse)) {
      throw new IllegalStateException("the hello is not refused");
    }
  }

  @TearDown
  public void stop() {
    worker.stop();
  }

  @Benchmark
  public Verdict judge() {
    return Judge.judge(hello, CLIENT, null, snapshot, Instant.EPOCH);
  }

  @Benchmark
  public void countListed() {
    report.count(worker, "no_application_protocol", CLIENT, hello, "t13d0000h2_0_0");
  }

  @Benchmark
  public void countOneOfMany() {
    next++;
    report.count(worker, "no_application_protocol", CLIENT, hello, "t13d0000h2_" + next);
  }
}
