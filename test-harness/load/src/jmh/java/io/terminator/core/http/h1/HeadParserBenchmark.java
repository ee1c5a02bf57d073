package io.terminator.core.http.h1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.util.ReferenceCountUtil;
import io.terminator.core.http.message.Head;
import io.terminator.core.http.message.HeadKind;
import io.terminator.core.http.message.Heads;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Reading one request head from direct memory: Terminator's parser, and Netty's decoder with its
 * validation on, which needs a channel and makes an object for the message and for each field.
 *
 * <p>Run: {@code test-harness/load/jmh HeadParserBenchmark -prof gc}
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class HeadParserBenchmark {
  @Param({"small", "browser"})
  private String request;

  private ByteBuffer bytes;
  private int length;
  private Heads heads;
  private HeadParser parser;
  private EmbeddedChannel netty;
  private ByteBuf nettyBytes;

  @Setup
  public void prepare() {
    byte[] text = text().getBytes(StandardCharsets.ISO_8859_1);
    length = text.length;
    bytes = ByteBuffer.allocateDirect(64 * 1024).put(0, text);
    heads = new Heads();
    parser = new HeadParser(16 * 1024, 100);
    netty = new EmbeddedChannel(new HttpRequestDecoder());
    nettyBytes = Unpooled.directBuffer(length).writeBytes(text);
  }

  private String text() {
    String small =
        "GET /index.html HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n";
    return switch (request) {
      case "small" -> small + "\r\n";
      default ->
          small
              + "Accept-Encoding: gzip, deflate, br, zstd\r\n"
              + "Accept-Language: en-GB,en;q=0.9,de;q=0.8\r\n"
              + "Cache-Control: no-cache\r\n"
              + "Cookie: session=0123456789abcdef0123456789abcdef; theme=dark; consent=1\r\n"
              + "Referer: https://www.example.com/start?from=mail\r\n"
              + "Sec-Fetch-Dest: document\r\n"
              + "Sec-Fetch-Mode: navigate\r\n"
              + "Sec-Fetch-Site: same-origin\r\n"
              + "Upgrade-Insecure-Requests: 1\r\n\r\n";
    };
  }

  @TearDown
  public void release() {
    netty.finishAndReleaseAll();
    nettyBytes.release();
  }

  @Benchmark
  public long terminator() {
    Head head = heads.take(HeadKind.REQUEST);
    parser.begin(head);
    int end = parser.feed(bytes, 0, length);
    long sum = end + head.size();
    heads.release(head);
    return sum;
  }

  @Benchmark
  public Object netty() {
    netty.writeInbound(nettyBytes.retainedDuplicate());
    HttpMessage message = netty.readInbound();
    ReferenceCountUtil.release(netty.readInbound());
    return message.headers().size();
  }
}
