package io.terminator.tls.failure;

import io.terminator.core.phase.Blame;
import java.util.Locale;

/** Neither a route nor a certificate matches the server name that the client asks for. */
public record NameRefused(Kind kind) implements TlsFailure {

  /** The missing object. */
  public enum Kind {
    /** The client sends no server name, and {@code sni.missing} is reject. */
    NO_SNI,
    /** No certificate covers the name, and {@code sni.unknown} is reject. */
    UNKNOWN_SNI,
    NO_ROUTE;

    private final String label = name().toLowerCase(Locale.ROOT);

    public String label() {
      return label;
    }
  }

  @Override
  public String label() {
    return kind.label;
  }

  @Override
  public Blame blame() {
    return Blame.CLIENT;
  }

  @Override
  public String cause() {
    return switch (kind) {
      case NO_SNI -> "the client sent no SNI, and the listener's sni.missing is reject";
      case UNKNOWN_SNI ->
          "no certificate covers the client's server name, and the listener's sni.unknown is reject";
      case NO_ROUTE -> "no route matches and the listener has no backend";
    };
  }

  @Override
  public String fix() {
    return switch (kind) {
      case NO_SNI ->
          "let the client send a server name, add a certificate for the address that it connects to,"
              + " or set sni.missing to default";
      case UNKNOWN_SNI -> "add a certificate for the name, or set sni.unknown to default";
      case NO_ROUTE -> "add a route for the name, or a backend to the listener";
    };
  }
}
