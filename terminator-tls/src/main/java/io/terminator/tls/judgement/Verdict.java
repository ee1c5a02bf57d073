package io.terminator.tls.judgement;

import io.terminator.core.phase.CloseReason;
import io.terminator.core.route.Route;
import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.store.CredentialSet;
import io.terminator.tls.challenge.ChallengeCertificate;
import io.terminator.tls.failure.TlsFailure;
import org.jspecify.annotations.Nullable;

/** The answer of a listener to a ClientHello. Immutable. */
public sealed interface Verdict {

  /**
   * Complete the handshake under {@code policy}, with {@code certificate} of {@code credentials}
   * and {@code version}, a code point such as 0x0304. {@code signature} is the algorithm that signs
   * a full handshake (RFC 8446 section 4.2.3), 0 if only a resumption is possible. {@code protocol}
   * is the negotiated ALPN protocol, or null. A resumed session presents no certificate.
   */
  record Serve(
      Route route,
      ServingPolicy policy,
      CredentialSet credentials,
      Credential certificate,
      int version,
      int signature,
      @Nullable String protocol,
      NameMatch match)
      implements Verdict {}

  /** Answer with a fatal alert; {@code reason} is the close reason. */
  record Refuse(Alert alert, TlsFailure failure, CloseReason reason) implements Verdict {
    Refuse(Alert alert, TlsFailure failure) {
      this(alert, failure, CloseReason.HANDSHAKE_FAILED);
    }
  }

  /**
   * Complete the handshake with the challenge's certificate, then end the connection: a certificate
   * authority validates the name.
   */
  record Challenge(ChallengeCertificate certificate) implements Verdict {}

  /** Forward the bytes unchanged, beginning with the ClientHello. */
  record PassThrough(Route route) implements Verdict {}

  /** Why this certificate was selected. */
  enum NameMatch {
    /** It covers the client's server name. */
    NAMED,
    /** The client sent no server name; it covers the address that the client connected to. */
    ADDRESS,
    /** The client sent no server name. */
    DEFAULT_FOR_MISSING,
    /** No certificate covers the client's server name. */
    DEFAULT_FOR_UNKNOWN
  }
}
