package io.terminator.core.http.field;

import io.terminator.core.setting.Cidr;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which fields of requests and responses are added, replaced and removed. {@code trustedProxies}
 * are the peers whose forwarding fields are believed. Without {@code hsts} responses get no
 * Strict-Transport-Security.
 */
public record FieldConfig(
    Forwarded forwarded,
    List<Cidr> trustedProxies,
    RequestId requestId,
    Edits request,
    Edits response,
    @Nullable Hsts hsts) {
  public static final FieldConfig DEFAULT =
      new FieldConfig(
          Forwarded.DEFAULT, List.of(), RequestId.DEFAULT, Edits.NONE, Edits.NONE, null);

  public FieldConfig {
    trustedProxies = List.copyOf(trustedProxies);
  }

  /** How the backend learns the client's address and what the client asked for. */
  public record Forwarded(Mode mode, Style style) {
    public static final Forwarded DEFAULT = new Forwarded(Mode.SET, Style.X_FORWARDED);

    /** What happens to the forwarding fields of a request. */
    public enum Mode {
      /** None is added; those of a trusted proxy pass. */
      OFF,
      /** They describe the peer, whatever it sent. */
      SET,
      /** The peer is added to what a trusted proxy sent. */
      APPEND
    }

    /** Which fields are written. */
    public enum Style {
      /** X-Forwarded-For, -Proto, -Host and -Port. */
      X_FORWARDED,
      /** Forwarded (RFC 7239). */
      RFC7239,
      BOTH
    }
  }

  /** The field with the id of a request, and where the id comes from. */
  public record RequestId(String field, Mode mode) {
    public static final RequestId DEFAULT = new RequestId("X-Request-Id", Mode.TRUSTED);

    /** Where the id comes from. */
    public enum Mode {
      /** Requests get no id, and the field is not touched. */
      OFF,
      /** A new one for every request. */
      NEW,
      /** The one that a trusted proxy sent, else a new one. */
      TRUSTED,
      /** The one that the client sent, else a new one. */
      ANY
    }
  }

  /**
   * Changes in this order: fields named in {@code remove} and {@code set} are removed, then those
   * of {@code set} and {@code add} are added. The maps keep their order.
   */
  public record Edits(
      Map<String, FieldTemplate> set, Map<String, FieldTemplate> add, List<String> remove) {
    public static final Edits NONE = new Edits(Map.of(), Map.of(), List.of());

    public Edits {
      set = Collections.unmodifiableMap(new LinkedHashMap<>(set));
      add = Collections.unmodifiableMap(new LinkedHashMap<>(add));
      remove = List.copyOf(remove);
    }

    public boolean isEmpty() {
      return set.isEmpty() && add.isEmpty() && remove.isEmpty();
    }
  }

  /** Strict-Transport-Security (RFC 6797). */
  public record Hsts(Duration maxAge, boolean includeSubdomains, boolean preload) {}
}
