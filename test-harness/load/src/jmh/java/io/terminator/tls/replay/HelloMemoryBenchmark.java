package io.terminator.tls.replay;

import io.terminator.core.observe.Diagnostics;
import io.terminator.core.worker.Worker;
import io.terminator.tls.clienthello.ClientHello;
import io.terminator.tls.clienthello.ClientHelloParser;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
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
 * What the memory of hellos adds to a handshake: a hello that is known, of one client and of one of
 * 50,000.
 *
 * <p>Run: {@code test-harness/load/jmh HelloMemoryBenchmark -prof gc}
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class HelloMemoryBenchmark {
  private static final long MILLIS = 1_764_000_000_000L;

  private final InetSocketAddress[] clients = new InetSocketAddress[50_000];
  private Worker worker;
  private HelloMemory.OfListener memory;
  private ClientHello hello;
  private int next;

  @Setup
  public void prepare() throws Exception {
    worker = new Worker("benchmark", new Diagnostics());
    memory = new HelloMemory(2).of("web");
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
    for (int i = 0; i < clients.length; i++) {
      byte[] address = {10, 1, (byte) (i >> 8), (byte) i};
      clients[i] = new InetSocketAddress(InetAddress.getByAddress(address), 1);
      memory.add(worker, hello, clients[i], null, MILLIS);
    }
  }

  @TearDown
  public void stop() {
    worker.stop();
  }

  @Benchmark
  public void oneClient() {
    memory.add(worker, hello, clients[7], null, MILLIS);
  }

  @Benchmark
  public void oneOfMany() {
    next = (next + 7919) % clients.length;
    memory.add(worker, hello, clients[next], null, MILLIS);
  }
}
