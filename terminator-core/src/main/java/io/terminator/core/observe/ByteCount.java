package io.terminator.core.observe;

/** The bytes of connections, counted at the two ends of a worker and between them. */
public enum ByteCount {
  /** Plaintext bytes, client to backend. */
  BYTES_IN,
  /** Plaintext bytes, backend to client. */
  BYTES_OUT,
  /** Bytes on the client's socket, including TLS. */
  CLIENT_RECEIVED,
  CLIENT_SENT,
  /** Bytes on the server's socket, including TLS and the PROXY header. */
  BACKEND_RECEIVED,
  BACKEND_SENT
}
