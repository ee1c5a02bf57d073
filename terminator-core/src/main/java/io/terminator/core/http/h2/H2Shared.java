package io.terminator.core.http.h2;

import io.terminator.core.http.exchange.ExchangeConfig;
import io.terminator.core.http.message.Heads;
import io.terminator.core.observe.CounterSet;
import io.terminator.core.relay.RelayConfig;
import io.terminator.core.worker.Worker;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** What the HTTP/2 connections of one worker use in turn. Worker thread only. */
public final class H2Shared {
  private static final int LARGEST_BLOCK = 256 * 1024;

  private final Worker worker;
  private final Heads heads;
  private final CounterSet<Violation> violations;
  private final HeaderEncoder encoder = new HeaderEncoder();
  private final IncomingFields fields = new IncomingFields();
  private final HeaderDecoder.Input input = new HeaderDecoder.Input(LARGEST_BLOCK);
  private final ByteBuffer control = ByteBuffer.allocate(256);
  private final ByteBuffer frameHeader = ByteBuffer.allocate(FrameReader.HEADER);
  private final ArrayDeque<byte[]> freeOutput = new ArrayDeque<>();
  private byte[] tail = new byte[1024];
  private @Nullable ExchangeConfig limitedBy;
  private RelayConfig.@Nullable Watermarks limitedByMarks;
  private @Nullable H2Limits limits;

  public H2Shared(Worker worker, Heads heads) {
    this.worker = worker;
    this.heads = heads;
    this.violations = worker.counters().of(Violation.class);
  }

  /** The one of {@code worker}. */
  static H2Shared of(Worker worker) {
    return worker.part(
        H2Shared.class, of -> new H2Shared(of, of.part(Heads.class, maker -> new Heads())));
  }

  Worker worker() {
    return worker;
  }

  Heads heads() {
    return heads;
  }

  CounterSet<Violation> violations() {
    return violations;
  }

  HeaderEncoder encoder() {
    return encoder;
  }

  IncomingFields fields() {
    return fields;
  }

  HeaderDecoder newDecoder() {
    return new HeaderDecoder(input, fields);
  }

  /** The largest header block that can be decompressed. */
  int largestBlock() {
    return input.capacity();
  }

  /** The limits of a client's connection, one object for all of a configuration. */
  H2Limits limitsOf(ExchangeConfig config, RelayConfig.Watermarks watermarks) {
    H2Limits known = limits;
    if (known == null || config != limitedBy || watermarks != limitedByMarks) {
      known = H2Limits.of(config, watermarks);
      limits = known;
      limitedBy = config;
      limitedByMarks = watermarks;
    }
    return known;
  }

  /** Arrays for {@link Collected} that no connection uses. */
  ArrayDeque<byte[]> freeOutput() {
    return freeOutput;
  }

  /** Memory in which the header of one frame is made, used within one call. */
  ByteBuffer frameHeader() {
    return frameHeader;
  }

  /** Memory in which a control frame is made. */
  ByteBuffer control() {
    return control;
  }

  /** Memory of at least {@code length} bytes for what follows the bytes of an event. */
  byte[] tail(int length) {
    if (tail.length < length) {
      tail = new byte[length];
    }
    return tail;
  }
}
