package io.terminator.core.http.h2;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http2.DefaultHttp2FrameReader;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameAdapter;
import io.netty.handler.codec.http2.Http2Headers;
import io.terminator.core.frame.Scratch;
import io.terminator.core.http.message.Head;
import io.terminator.core.http.message.HeadKind;
import io.terminator.core.http.message.Heads;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
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
 * Reading frames from direct memory: Terminator's reader, and Netty's with the context of an
 * embedded channel. Both decompress with Netty's HPACK; Terminator's result is a checked head,
 * Netty's a validated map.
 *
 * <p>Run: {@code test-harness/load/jmh FrameReaderBenchmark -prof gc}
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class FrameReaderBenchmark {
  /** One request without a body; or four full DATA frames of an upload. */
  @Param({"request", "upload"})
  private String frames;

  private Scratch memory;
  private int length;
  private FrameReader reader;
  private final Checked checked = new Checked();
  private DefaultHttp2FrameReader netty;
  private EmbeddedChannel channel;
  private ChannelHandlerContext context;
  private ByteBuf nettyBytes;
  private final Counted counted = new Counted();

  @Setup
  public void prepare() {
    memory = new Scratch(128 * 1024).lease();
    length = write(memory.buffer());
    reader = new FrameReader(checked);
    netty = new DefaultHttp2FrameReader();
    ChannelInboundHandlerAdapter handler = new ChannelInboundHandlerAdapter();
    channel = new EmbeddedChannel(handler);
    context = channel.pipeline().context(handler);
    byte[] copy = new byte[length];
    memory.buffer().get(0, copy);
    nettyBytes = Unpooled.directBuffer(length).writeBytes(copy);
  }

  private int write(ByteBuffer target) {
    if (frames.equals("upload")) {
      int at = 0;
      for (int i = 0; i < 4; i++) {
        at =
            FrameWriter.header(target, at, FrameReader.LARGEST, FrameType.DATA, 0, 1)
                + FrameReader.LARGEST;
      }
      return at;
    }
    Head head = new Heads().take(HeadKind.REQUEST);
    head.setMethod("GET");
    head.setAuthority("www.example.com");
    head.setPath("/index.html");
    head.add("User-Agent", "curl/8.5.0");
    head.add("Accept", "*/*");
    HeaderEncoder encoder = new HeaderEncoder();
    int size = encoder.encode(head, false);
    int at = FrameWriter.header(target, 0, size, FrameType.HEADERS, 0x5, 1);
    target.put(at, encoder.block(), 0, size);
    return at + size;
  }

  @TearDown
  public void release() {
    netty.close();
    nettyBytes.release();
    channel.finishAndReleaseAll();
    memory.close();
  }

  @Benchmark
  public long terminator() {
    reader.read(memory, 0, length);
    return checked.count;
  }

  @Benchmark
  public long netty() throws Http2Exception {
    nettyBytes.readerIndex(0);
    while (nettyBytes.isReadable()) {
      netty.readFrame(context, nettyBytes, counted);
    }
    return counted.count;
  }

  /** Netty's receiver. */
  private static final class Counted extends Http2FrameAdapter {
    private long count;

    @Override
    public int onDataRead(
        ChannelHandlerContext context, int stream, ByteBuf data, int padding, boolean end) {
      count += data.readableBytes();
      return 0;
    }

    @Override
    public void onHeadersRead(
        ChannelHandlerContext context, int stream, Http2Headers headers, int padding, boolean end) {
      count += headers.size();
    }

    @Override
    public void onHeadersRead(
        ChannelHandlerContext context,
        int stream,
        Http2Headers headers,
        int dependsOn,
        short weight,
        boolean exclusive,
        int padding,
        boolean end) {
      count += headers.size();
    }
  }

  /** Terminator's receiver, which makes and checks heads as a connection does. */
  private static final class Checked implements FrameReader.Receiver {
    private final Heads heads = new Heads();
    private final IncomingFields fields = new IncomingFields();
    private final HeaderDecoder decoder =
        new HeaderDecoder(new HeaderDecoder.Input(64 * 1024), fields);
    private long count;

    @Override
    public void onData(int stream, int length) {}

    @Override
    public void onDataBytes(int stream, Scratch bytes, int from, int to, boolean end) {
      count += to - from;
    }

    @Override
    public void onHeaders(
        int stream,
        boolean end,
        int dependsOn,
        ByteBuffer source,
        int from,
        int to,
        boolean complete,
        Scratch bytes) {
      Head head = heads.take(HeadKind.REQUEST);
      fields.begin(head, 16 * 1024, 100);
      decoder.decode(source, from, to);
      @Nullable Violation violation = fields.finish(end, false);
      count += violation == null ? head.size() : -1;
      heads.release(head);
    }

    @Override
    public void onContinuation(
        int stream, ByteBuffer source, int from, int to, boolean complete, Scratch bytes) {}

    @Override
    public void onPriority(int stream, int dependsOn) {}

    @Override
    public void onReset(int stream, long code) {}

    @Override
    public void onSettings(ByteBuffer source, int from, int to) {}

    @Override
    public void onSettingsAck() {}

    @Override
    public void onPing(boolean ack, long opaque) {}

    @Override
    public void onGoAway(int lastStream, long code) {}

    @Override
    public void onWindowUpdate(int stream, int increment) {}

    @Override
    public void onPriorityUpdate(int stream, ByteBuffer source, int from, int to) {}

    @Override
    public void onUnknown(int type) {}

    @Override
    public void onViolation(int stream, Violation violation) {
      throw new IllegalStateException(violation.label());
    }
  }
}
