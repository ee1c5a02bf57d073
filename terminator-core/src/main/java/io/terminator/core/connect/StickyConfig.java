package io.terminator.core.connect;

import io.terminator.core.setting.Secret;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The cookie that leads a client back to the server of its first request. A null {@code maxAge}
 * ends it with the client's session. A null {@code secret}: the cookies of another process name no
 * server of this one.
 */
public record StickyConfig(
    String cookie, @Nullable Duration maxAge, SameSite sameSite, @Nullable Secret secret) {

  /** The requests of other sites with which a client sends the cookie (RFC 6265bis). */
  public enum SameSite {
    LAX("Lax"),
    STRICT("Strict"),
    NONE("None");

    private final String value;

    SameSite(String value) {
      this.value = value;
    }

    /** The value of the attribute. */
    public String value() {
      return value;
    }
  }
}
