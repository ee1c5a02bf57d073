package io.terminator.tls.failure;

import io.terminator.core.phase.Blame;
import io.terminator.tls.clienthello.ClientHello;
import io.terminator.tls.clienthello.HelloNames;
import java.util.Locale;

/**
 * Client and policy have no common value of one kind. {@code allowed} are the values of the policy
 * called {@code policy}.
 */
public record NothingInCommon(Kind kind, String policy, String allowed, ClientHello hello)
    implements TlsFailure {

  /** The parameter to agree on. */
  public enum Kind {
    UNSUPPORTED_PROTOCOL,
    /**
     * RFC 7507: the client tried a higher version before, and that handshake failed on the path.
     */
    INAPPROPRIATE_FALLBACK,
    NO_APPLICATION_PROTOCOL,
    NO_SHARED_CIPHER,
    /** There is a common cipher suite, but none for the key of a certificate. */
    NO_CIPHER_FOR_KEY("no_shared_cipher"),
    NO_SHARED_GROUP,
    NO_SHARED_SIGNATURE,
    /** TLS 1.3 without an extension that it requires (RFC 8446 section 9.2). */
    MISSING_EXTENSION;

    private final String label;

    Kind() {
      label = name().toLowerCase(Locale.ROOT);
    }

    Kind(String label) {
      this.label = label;
    }

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
      case UNSUPPORTED_PROTOCOL ->
          "the client offers "
              + HelloNames.versions(hello)
              + "; the listener's policy `"
              + policy
              + (allowed.equals("TLS 1.2")
                  ? "` allows TLS 1.2 only"
                  : allowed.equals("TLS 1.3") ? "` starts at 1.3" : "` starts at 1.2");
      case INAPPROPRIATE_FALLBACK ->
          "the client retried with "
              + HelloNames.versions(hello)
              + " after a handshake with a higher version failed (RFC 7507)";
      case NO_APPLICATION_PROTOCOL ->
          "the client offers the protocols "
              + hello.alpn()
              + " and none of the listener's protocols "
              + allowed
              + " (policy `"
              + policy
              + "`)";
      case NO_SHARED_CIPHER ->
          "client and listener share no cipher suite; the client offers "
              + HelloNames.ciphers(hello);
      case NO_CIPHER_FOR_KEY ->
          "client and listener share no cipher suite that fits the certificate's key ("
              + allowed
              + "); the client offers "
              + HelloNames.ciphers(hello);
      case NO_SHARED_GROUP ->
          "client and listener share no key exchange group; the client offers "
              + HelloNames.groups(hello);
      case NO_SHARED_SIGNATURE ->
          "the client accepts no signature algorithm of the certificate's key ("
              + allowed
              + "); the client offers "
              + HelloNames.signatures(hello);
      case MISSING_EXTENSION -> "the TLS 1.3 ClientHello has no " + allowed + " extension";
    };
  }

  @Override
  public String fix() {
    String name = "the listener's policy `" + policy + "`";
    return switch (kind) {
      case UNSUPPORTED_PROTOCOL ->
          switch (allowed) {
            case "TLS 1.3" ->
                "update the client to TLS 1.3, or give the listener tls: intermediate, which starts at 1.2";
            case "TLS 1.2" ->
                "let the client speak TLS 1.2, or give " + name + " version 1.3 as well";
            default -> "update the client to TLS 1.2 or newer; older versions are not supported";
          };
      case INAPPROPRIATE_FALLBACK ->
          "look for a middlebox between the client and the listener that breaks TLS 1.3";
      case NO_APPLICATION_PROTOCOL ->
          "add the client's protocol to the listener's tls.alpn; "
              + name
              + " negotiates "
              + allowed;
      case NO_SHARED_CIPHER ->
          "allow one of the client's cipher suites in the listener's tls.ciphers; "
              + name
              + " allows, below TLS 1.3, "
              + allowed;
      case NO_CIPHER_FOR_KEY, NO_SHARED_SIGNATURE ->
          "offer a certificate with the other kind of key (RSA beside ECDSA)";
      case NO_SHARED_GROUP ->
          "add one of the client's groups to the listener's tls.groups; "
              + name
              + " allows "
              + allowed;
      case MISSING_EXTENSION ->
          "look at the client's TLS library: its ClientHello breaks RFC 8446 section 9.2";
    };
  }
}
