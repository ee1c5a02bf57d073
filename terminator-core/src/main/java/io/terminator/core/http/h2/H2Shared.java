package io.terminator.core.http.h2;

import io.terminator.core.http.message.Heads;
import io.terminator.core.observe.CounterSet;
import io.terminator.core.worker.Worker;
import java.nio.ByteBuffer;

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
  private byte[] tail = new byte[1024];

  public H2Shared(Worker worker, Heads heads) {
    this.worker = worker;
    this.heads = heads;
    this.violations = worker.counters().of(Violation.class);
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
