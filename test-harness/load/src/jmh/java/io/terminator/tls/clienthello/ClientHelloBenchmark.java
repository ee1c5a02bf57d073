package io.terminator.tls.clienthello;

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
import org.openjdk.jmh.annotations.Warmup;

/**
 * A ClientHello of the JDK's client, about 400 bytes with a name and two protocols: the cost of
 * parsing it, of parsing it while its last byte is missing, and of its fingerprint.
 *
 * <p>Run: {@code test-harness/load/jmh ClientHelloBenchmark -prof gc}
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ClientHelloBenchmark {
  private ByteBuffer raw;
  private ClientHello hello;

  @Setup
  public void record() throws Exception {
    SSLEngine engine = SSLContext.getDefault().createSSLEngine("shop.example.com", 443);
    engine.setUseClientMode(true);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
    engine.setSSLParameters(parameters);
    ByteBuffer record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    engine.wrap(ByteBuffer.allocate(0), record);
    record.flip();
    raw = ByteBuffer.allocateDirect(64 * 1024);
    raw.put(record).flip();
    hello = parse();
    if (!"shop.example.com".equals(hello.serverName())) {
      throw new IllegalStateException("not the hello that was meant: " + hello);
    }
  }

  @Benchmark
  public ClientHello parse() {
    ClientHelloParser parser = new ClientHelloParser();
    if (parser.parse(raw, raw.limit()) != ClientHelloParser.Outcome.COMPLETE) {
      throw new IllegalStateException("not complete");
    }
    return parser.hello();
  }

  @Benchmark
  public ClientHelloParser.Outcome parseWithoutLastByte() {
    return new ClientHelloParser().parse(raw, raw.limit() - 1);
  }

  @Benchmark
  public String ja4() {
    return Ja4.of(hello);
  }
}
