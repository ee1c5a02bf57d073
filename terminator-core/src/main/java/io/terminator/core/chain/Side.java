package io.terminator.core.chain;

import io.terminator.core.observe.ByteCount;
import io.terminator.core.observe.WorkerCount;

/** The peer that a socket belongs to, and the counters for its bytes. */
public enum Side {
  CLIENT(
      ByteCount.CLIENT_RECEIVED,
      ByteCount.CLIENT_SENT,
      WorkerCount.OUTBOUND_OUT,
      WorkerCount.OUTBOUND_OUT_HIGH_WATERMARK),
  BACKEND(
      ByteCount.BACKEND_RECEIVED,
      ByteCount.BACKEND_SENT,
      WorkerCount.OUTBOUND_IN,
      WorkerCount.OUTBOUND_IN_HIGH_WATERMARK);

  final ByteCount received;
  final ByteCount sent;
  final WorkerCount outbound;
  final WorkerCount outboundHighWatermark;

  Side(
      ByteCount received, ByteCount sent, WorkerCount outbound, WorkerCount outboundHighWatermark) {
    this.received = received;
    this.sent = sent;
    this.outbound = outbound;
    this.outboundHighWatermark = outboundHighWatermark;
  }
}
