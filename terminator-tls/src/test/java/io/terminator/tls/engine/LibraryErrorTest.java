package io.terminator.tls.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.core.chain.Side;
import io.terminator.tls.failure.ClientCertificateRefused;
import io.terminator.tls.failure.PeerAlert;
import io.terminator.tls.failure.ProtocolBroken;
import io.terminator.tls.failure.TlsFailure;
import org.junit.jupiter.api.Test;

class LibraryErrorTest {
  /**
   * The errors caused by s_client of OpenSSL 3.0 with secp256k1 in TLS 1.2, RSA 9000, and a key
   * usage without digitalSignature.
   */
  @Test
  void whatBoringSslFindsInAClientsCertificateIsNotABadMessage() {
    assertThat(failure("UNSUPPORTED_ALGORITHM")).isEqualTo(ClientCertificateRefused.KEY);
    assertThat(failure("MODULUS_TOO_LARGE")).isEqualTo(ClientCertificateRefused.KEY);
    assertThat(failure("KEY_USAGE_BIT_INCORRECT")).isEqualTo(ClientCertificateRefused.KEY_USAGE);
    assertThat(failure("EXCESSIVE_MESSAGE_SIZE").label()).isEqualTo("message_too_long");
  }

  @Test
  void aKeyOfAServerIsNotTheClients() {
    assertThat(new LibraryError(0, "MODULUS_TOO_LARGE").inHandshake(Side.BACKEND))
        .isInstanceOf(ProtocolBroken.class);
  }

  @Test
  void anAlertIsReadFromTheErrorsNumber() {
    assertThat(new LibraryError(1048, "TLSV1_ALERT_UNKNOWN_CA").inHandshake(Side.BACKEND))
        .isEqualTo(new PeerAlert(Side.BACKEND, 48));
  }

  private static TlsFailure failure(String reason) {
    return new LibraryError(0, reason).inHandshake(Side.CLIENT);
  }
}
