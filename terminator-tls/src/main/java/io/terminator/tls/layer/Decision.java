package io.terminator.tls.layer;

import io.terminator.core.phase.CloseReason;
import io.terminator.tls.engine.TlsContext;
import org.jspecify.annotations.Nullable;

/** What is done with a client, judged by its ClientHello. */
public sealed interface Decision {

  /**
   * Speak TLS as {@code context}, which was retained for the receiver: who makes a stream of it, or drops it, releases it
   * once. {@code certificate} is the credential's name, for the log.
   */
  record Terminate(TlsContext context, @Nullable String certificate) implements Decision {}

  /** Answer with a fatal alert (RFC 8446 section 6.2). {@code label} is from a closed set; {@code words} name the fix. */
  record Refuse(Alert alert, String label, String words, CloseReason reason) implements Decision {

    /** As a handshake that failed. */
    public Refuse(Alert alert, String label, String words) {
      this(alert, label, words, CloseReason.HANDSHAKE_FAILED);
    }
  }

  /** Hand the bytes on as they came, this hello first. */
  record PassThrough() implements Decision {}

  /** Alerts that we send by ourselves. */
  enum Alert {
    UNEXPECTED_MESSAGE(10),
    RECORD_OVERFLOW(22),
    HANDSHAKE_FAILURE(40),
    ILLEGAL_PARAMETER(47),
    DECODE_ERROR(50),
    PROTOCOL_VERSION(70),
    INTERNAL_ERROR(80),
    UNRECOGNIZED_NAME(112),
    NO_APPLICATION_PROTOCOL(120);

    private final int code;

    Alert(int code) {
      this.code = code;
    }

    int code() {
      return code;
    }
  }
}
