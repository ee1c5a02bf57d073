package io.terminator.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.interfaces.ECPrivateKey;
import java.util.Base64;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SecrecyTest {
  @ParameterizedTest
  @EnumSource(KeyAlgorithm.class)
  void aKeyIsFoundHoweverItIsWritten(KeyAlgorithm algorithm) {
    var pair = algorithm.generate();
    byte[] der = pair.getPrivate().getEncoded();
    String hex = HexFormat.of().formatHex(der);
    for (String text :
        new String[] {
          Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der),
          "{\"key\":\""
              + Base64.getEncoder().encodeToString(der).replaceAll("(.{70})", "$1\\\\n")
              + "\"}",
          hex,
          hex.toUpperCase(java.util.Locale.ROOT),
          HexFormat.ofDelimiter(":").formatHex(der),
        }) {
      assertThat(Secrecy.foundIn("before " + text + " behind")).as(text).isPresent();
    }
  }

  @Test
  void aSecretNumberIsFoundAndIsNotRepeated() {
    ECPrivateKey key = (ECPrivateKey) KeyAlgorithm.ECDSA_P256.generate().getPrivate();
    String number = key.getS().toString();
    assertThat(Secrecy.foundIn("the number " + number + "."))
        .hasValueSatisfying(
            found -> assertThat(found).contains("thenumber").doesNotContain(number));
  }

  @Test
  void whatIsPublicIsNoSecret() {
    TestCa ca = TestCa.create();
    Credential credential = ca.leaf("public.example").rsa().issue();
    assertThat(Secrecy.foundIn(credential.chainPem())).isEmpty();
    assertThat(Secrecy.foundIn(credential.leaf().toString())).isEmpty();
    assertThat(Secrecy.foundIn(credential.chainPem() + credential.keyPem())).isPresent();
  }

  @Test
  void aTokenIsFoundAndAShortOneIsNotTaken() {
    Secrecy.keep("a-token-of-enough-letters");
    assertThat(Secrecy.foundIn("Bearer a-token-of-enough-letters")).isPresent();
    assertThat(Secrecy.foundIn("a-token-of-en")).isEmpty();
    assertThat(Secrecy.foundIn("")).isEmpty();
    assertThatThrownBy(() -> Secrecy.keep("short")).isInstanceOf(IllegalArgumentException.class);
  }
}
