package io.terminator.tls.certificate.reader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terminator.testkit.Processes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.pkcs.EncryptedPrivateKeyInfo;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Decrypts files written by OpenSSL; the old algorithms need its legacy provider. */
class PasswordEncryptionTest {
  private static final String PASSWORD = "päss w0rd";

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-v2 aes-128-cbc",
        "-v2 aes-192-cbc",
        "-v2 aes-256-cbc",
        "-v2 des3",
        "-v2 rc2",
        "-v2 aes-256-cbc -v2prf hmacWithSHA1",
        "-v2 aes-256-cbc -v2prf hmacWithSHA224",
        "-v2 aes-256-cbc -v2prf hmacWithSHA384",
        "-v2 aes-256-cbc -v2prf hmacWithSHA512",
        "-v2 aes-256-cbc -iter 100000",
        "-scrypt",
        "-scrypt -v2 aes-128-cbc",
        "-v1 PBE-SHA1-3DES",
        "-v1 PBE-SHA1-2DES",
        "-v1 PBE-SHA1-RC2-128",
        "-v1 PBE-SHA1-RC2-40",
        "-v1 PBE-SHA1-RC4-128",
        "-v1 PBE-SHA1-RC4-40",
        "-v1 PBE-MD5-DES",
        "-v1 PBE-SHA1-DES",
        "-v1 PBE-MD5-RC2-64",
        "-v1 PBE-SHA1-RC2-64",
      })
  void opensWhatOpensslEncrypts(String way) throws Exception {
    Processes.assumeAvailable("openssl");
    openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -outform DER -out plain.der");
    openssl("pkcs8 -topk8 -nocrypt -inform DER -in plain.der -outform DER -out plain.p8");
    openssl(
        "pkcs8 -topk8 -inform DER -in plain.der -outform DER -out encrypted.der -provider legacy"
            + " -provider default -passout env:KEY_PASSWORD "
            + way);
    EncryptedPrivateKeyInfo encrypted =
        EncryptedPrivateKeyInfo.getInstance(Files.readAllBytes(directory.resolve("encrypted.der")));

    assertThat(new PasswordEncryption().open(encrypted, PASSWORD.toCharArray()).getEncoded())
        .isEqualTo(Files.readAllBytes(directory.resolve("plain.p8")));
    assertThatThrownBy(
            () -> new PasswordEncryption().open(encrypted, (PASSWORD + "x").toCharArray()))
        .isInstanceOf(GeneralSecurityException.class);
  }

  @Test
  void anAlgorithmThatIsNotKnownIsNamed() {
    EncryptedPrivateKeyInfo encrypted =
        new EncryptedPrivateKeyInfo(
            new AlgorithmIdentifier(new ASN1ObjectIdentifier("1.2.3.4"), DERNull.INSTANCE),
            new byte[16]);

    assertThatThrownBy(() -> new PasswordEncryption().open(encrypted, PASSWORD.toCharArray()))
        .isInstanceOf(PasswordEncryption.UnknownAlgorithm.class)
        .hasMessage("1.2.3.4");
  }

  private void openssl(String arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("openssl"));
    command.addAll(List.of(arguments.split(" ")));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("said").toFile());
    builder.environment().put("KEY_PASSWORD", PASSWORD);
    assertThat(builder.start().waitFor())
        .describedAs(() -> read(directory.resolve("said")))
        .isZero();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
