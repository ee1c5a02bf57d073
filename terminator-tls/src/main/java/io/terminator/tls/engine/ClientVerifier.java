package io.terminator.tls.engine;

import io.netty.internal.tcnative.CertificateVerifier;
import io.terminator.tls.failure.ClientCertificateRefused;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Passes a verdict from BoringSSL's callback to the stream that it concerns; both know only the
 * address of the native connection. A stream takes its verdict before it frees that address.
 */
final class ClientVerifier extends CertificateVerifier {
  /** Higher than the limit, so that a chain that is too long is detected as such. */
  static final int DEPTH = 100;

  private final ClientCheck check;
  private final Map<Long, ClientVerdict> verdicts = new ConcurrentHashMap<>();

  ClientVerifier(ClientCheck check) {
    this.check = check;
  }

  @Override
  public int verify(long ssl, byte[][] chain, String algorithm) {
    ClientVerdict verdict;
    try {
      verdict = check.judge(chain);
    } catch (RuntimeException malformed) {
      // No client input may cause an exception in the library's own handler.
      verdict = new ClientVerdict(ClientCertificateRefused.UNREADABLE, null);
    }
    verdicts.put(ssl, verdict);
    ClientCertificateRefused refused = verdict.refused();
    if (refused == null) {
      return X509_V_OK;
    }
    // BoringSSL selects the alert from this code (RFC 8446 section 6.2).
    return switch (refused) {
      case EXPIRED -> X509_V_ERR_CERT_HAS_EXPIRED;
      case REVOKED -> X509_V_ERR_CERT_REVOKED;
      // bad_certificate
      case NOT_ALLOWED, UNREADABLE, CONSTRAINT -> X509_V_ERR_CERT_REJECTED;
      // unsupported_certificate
      case PURPOSE, KEY_USAGE, KEY -> X509_V_ERR_INVALID_PURPOSE;
      // certificate_unknown
      case EXTENSION -> X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION;
      // unknown_ca
      default -> X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;
    };
  }

  /** Returns the verdict once. */
  @Nullable ClientVerdict take(long ssl) {
    return verdicts.remove(ssl);
  }
}
