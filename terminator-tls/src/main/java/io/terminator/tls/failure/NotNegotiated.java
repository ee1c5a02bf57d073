package io.terminator.tls.failure;

import io.terminator.core.chain.Side;
import io.terminator.core.phase.Blame;
import java.util.Locale;

/**
 * BoringSSL found no common parameter, although the ClientHello alone did not show it: a session
 * that could not be resumed. {@code reason} is BoringSSL's reason string.
 */
public record NotNegotiated(Side peer, Kind kind, String reason) implements TlsFailure {

  /** The parameter that is not in common. */
  public enum Kind {
    UNSUPPORTED_PROTOCOL("no TLS version"),
    NO_SHARED_CIPHER("no cipher suite that fits the certificate's key"),
    NO_SHARED_GROUP("no key exchange group"),
    NO_SHARED_SIGNATURE("no signature algorithm of the certificate's key");

    private final String label = name().toLowerCase(Locale.ROOT);
    private final String what;

    Kind(String what) {
      this.what = what;
    }
  }

  @Override
  public String label() {
    return kind.label;
  }

  @Override
  public Blame blame() {
    return peer == Side.CLIENT ? Blame.CLIENT : Blame.BACKEND;
  }

  @Override
  public String cause() {
    return peer == Side.CLIENT
        ? "client and listener have " + kind.what + " in common (" + reason + ")"
        : "no TLS version or algorithm in common with the server (" + reason + ")";
  }

  @Override
  public String fix() {
    return "compare what the client offers with the listener's tls policy and its certificates' keys";
  }
}
