package io.terminator.core.observe;

/**
 * Counters and gauges of a worker. Bytes and ends are counted by listener and backend instead, and
 * other counters of a package have their own enum in that package ({@link Counters}). Gauges are
 * marked as such.
 */
public enum WorkerCount {
  /** Gauge. */
  CONNECTIONS_ACTIVE,
  CONNECTIONS_TOTAL,
  /** Writes that the kernel took completely and immediately. */
  DIRECT_WRITES,
  /** Writes of which a part had to wait in frames. */
  DEFERRED_WRITES,
  /** Gauge: bytes waiting to be sent to a backend. */
  OUTBOUND_IN,
  OUTBOUND_IN_HIGH_WATERMARK,
  /** Gauge: bytes waiting to be sent to a client. */
  OUTBOUND_OUT,
  OUTBOUND_OUT_HIGH_WATERMARK,
  /** Exceptions that no phase expects. */
  INTERNAL_ERRORS,
  /** Times the worker became overloaded. */
  OVERLOADS,
  /** Full handshakes that had to wait for the end of an overload. */
  HANDSHAKES_HELD,
  /** Gauge, nanoseconds: the delay of the last tick of the worker's clock. */
  LOOP_LAG_NANOS,
  LOOP_LAG_HIGH_WATERMARK_NANOS
}
