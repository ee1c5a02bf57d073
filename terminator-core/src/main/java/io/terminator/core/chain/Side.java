package io.terminator.core.chain;

import io.terminator.core.observe.WorkerCount;

/** The peer that a socket belongs to, and the counters for its bytes. */
public enum Side {
  CLIENT(
      WorkerCount.CLIENT_RECEIVED,
      WorkerCount.CLIENT_SENT,
      WorkerCount.OUTBOUND_OUT,
      WorkerCount.OUTBOUND_OUT_HIGH_WATERMARK),
  BACKEND(
      WorkerCount.BACKEND_RECEIVED,
      WorkerCount.BACKEND_SENT,
      WorkerCount.OUTBOUND_IN,
      WorkerCount.OUTBOUND_IN_HIGH_WATERMARK);

  final WorkerCount received;
  final WorkerCount sent;
  final WorkerCount outbound;
  final WorkerCount outboundHighWatermark;

  Side(
      WorkerCount received,
      WorkerCount sent,
      WorkerCount outbound,
      WorkerCount outboundHighWatermark) {
    this.received = received;
    this.sent = sent;
    this.outbound = outbound;
    this.outboundHighWatermark = outboundHighWatermark;
  }
}
