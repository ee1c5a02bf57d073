package io.terminator.tls.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HandshakeFailureTest {
  /** What s_client of OpenSSL 3.0 provokes with secp256k1 in TLS 1.2, RSA 9000, and a key usage without digitalSignature. */
  @Test
  void whatBoringSslFindsInAClientsCertificateIsNotABadMessage() {
    assertThat(HandshakeFailure.of("UNSUPPORTED_ALGORITHM"))
        .isEqualTo(HandshakeFailure.CLIENT_CERTIFICATE_KEY);
    assertThat(HandshakeFailure.of("MODULUS_TOO_LARGE"))
        .isEqualTo(HandshakeFailure.CLIENT_CERTIFICATE_KEY);
    assertThat(HandshakeFailure.of("KEY_USAGE_BIT_INCORRECT"))
        .isEqualTo(HandshakeFailure.CLIENT_CERTIFICATE_KEY_USAGE);
    assertThat(HandshakeFailure.of("EXCESSIVE_MESSAGE_SIZE"))
        .isEqualTo(HandshakeFailure.MESSAGE_TOO_LONG);
  }

  /** A refusal of our own travels as its name; a new one without a mapping would be a bad message. */
  @ParameterizedTest
  @EnumSource(
      value = HandshakeFailure.class,
      mode = EnumSource.Mode.MATCH_ALL,
      names = "CLIENT_CERTIFICATE_.*")
  void everyRefusalIsFoundByItsName(HandshakeFailure failure) {
    if (failure != HandshakeFailure.CLIENT_CERTIFICATE_MISSING) {
      assertThat(HandshakeFailure.of(failure.name())).isEqualTo(failure);
    }
  }
}
