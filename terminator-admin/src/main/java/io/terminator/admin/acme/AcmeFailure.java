package io.terminator.admin.acme;

import java.io.Serial;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Why a certificate could not be ordered. {@code type} is from a closed set: a problem type of RFC
 * 8555 section 6.7 as the authority wrote it, or one of our own. The message is the authority's own
 * text where it sent one, without a full stop at its end.
 */
final class AcmeFailure extends Exception {
  @Serial private static final long serialVersionUID = 1L;

  private final String type;
  private final String fix;
  private final @Nullable Instant retryAfter;
  private final boolean isOrderLost;

  AcmeFailure(
      String type,
      String detail,
      String fix,
      @Nullable Instant retryAfter,
      boolean isOrderLost,
      @Nullable Throwable cause) {
    super(withoutFullStop(detail), cause);
    this.type = type;
    this.fix = fix;
    this.retryAfter = retryAfter;
    this.isOrderLost = isOrderLost;
  }

  /** Authorities end their sentences; every text that quotes one continues after it. */
  private static String withoutFullStop(String text) {
    String stripped = text.strip();
    return stripped.endsWith(".") && !stripped.endsWith("..")
        ? stripped.substring(0, stripped.length() - 1)
        : stripped;
  }

  /** A metric label. */
  String type() {
    return type;
  }

  /** What an operator can do. */
  String fix() {
    return fix;
  }

  /** The time before which the authority does not want to be asked again; null if it named none. */
  @Nullable Instant retryAfter() {
    return retryAfter;
  }

  /** Whether the next try must begin a new order; otherwise it continues the present one. */
  boolean isOrderLost() {
    return isOrderLost;
  }

  String detail() {
    return String.valueOf(getMessage());
  }

  AcmeFailure orderLost() {
    return new AcmeFailure(type, detail(), fix, retryAfter, true, getCause());
  }
}
