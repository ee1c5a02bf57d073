package io.terminator.core.observe;

/**
 * What a worker counts or gauges on the way of every byte and connection. What one package counts beside that has an enum of its own
 * there ({@link Counters}). Gauges say so.
 */
public enum WorkerCount {
  /** Gauge. */
  CONNECTIONS_ACTIVE,
  CONNECTIONS_TOTAL,
  /** Plaintext bytes, client to backend. */
  BYTES_IN,
  /** Plaintext bytes, backend to client. */
  BYTES_OUT,
  /** Bytes as they crossed the client's socket. */
  CLIENT_RECEIVED,
  CLIENT_SENT,
  BACKEND_RECEIVED,
  BACKEND_SENT,
  /** Writes that the kernel took whole, at once. */
  DIRECT_WRITES,
  /** Writes of which something had to wait in frames. */
  DEFERRED_WRITES,
  /** Gauge: bytes waiting for a backend to take them. */
  OUTBOUND_IN,
  OUTBOUND_IN_HIGH_WATERMARK,
  /** Gauge: bytes waiting for a client to take them. */
  OUTBOUND_OUT,
  OUTBOUND_OUT_HIGH_WATERMARK,
  /** Exceptions that no phase expected. */
  INTERNAL_ERRORS,
  /** Times the worker became overloaded. */
  OVERLOADS,
  /** Full handshakes that had to wait for an overload to pass. */
  HANDSHAKES_HELD,
  /** Gauge, nanoseconds: how late the last tick of the worker's clock was. */
  LOOP_LAG_NANOS,
  LOOP_LAG_HIGH_WATERMARK_NANOS
}
