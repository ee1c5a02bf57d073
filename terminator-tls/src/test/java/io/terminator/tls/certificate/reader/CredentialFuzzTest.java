package io.terminator.tls.certificate.reader;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.terminator.core.setting.Secret;
import io.terminator.testkit.TestCa;
import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.credential.CredentialProblem;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * For any content of a file, the loader reports its problems or returns a usable credential. The
 * build runs the inputs stored in the resources. To fuzz: {@code JAZZER_FUZZ=1 mvn -pl
 * terminator-tls -am test -Dtest=CredentialFuzzTest#pem -Dsurefire.failIfNoSpecifiedTests=false}
 * (or {@code #keyStore}).
 */
class CredentialFuzzTest {
  private static final Secret PASSWORD = new Secret("p");

  private final CredentialLoader loader =
      new CredentialLoader(InstantSource.system(), WeakKeys.ALLOWED);

  @FuzzTest(maxDuration = "60m")
  void pem(byte[] content) {
    check(content, PASSWORD);
    check(content, null);
  }

  @FuzzTest(maxDuration = "60m")
  void keyStore(byte[] content) {
    check(content, PASSWORD);
    // JKS requires at least six characters.
    check(content, new Secret("pppppp"));
  }

  /** Damaging a nearly valid file reaches deeper code than fuzzing from nothing. */
  @Test
  void surviveDamagedFiles() throws Exception {
    TestCa ca = TestCa.create();
    io.terminator.testkit.Credential ec = ca.server("a.example", "*.a.example");
    io.terminator.testkit.Credential rsa = ca.leaf("b.example").rsa().issue();
    List<byte[]> whole =
        List.of(
            ascii(ec.chainPem() + ec.keyPem()),
            ascii(rsa.traditionalKeyPem() + rsa.chainPem()),
            ascii(ec.chainPem() + ec.encryptedKeyPem("p")),
            ec.leaf().getEncoded(),
            ec.key().getEncoded(),
            ec.pkcs12("p"));
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int round = 0; round < 1500; round++) {
      byte[] content = whole.get(random.nextInt(whole.size())).clone();
      for (int i = random.nextInt(4); i >= 0; i--) {
        content = damaged(content, random);
      }
      try {
        check(content, PASSWORD);
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed + ", round " + round, e);
      }
    }
  }

  private static byte[] damaged(byte[] content, Random random) {
    if (content.length < 2) {
      return content;
    }
    int at = random.nextInt(content.length);
    return switch (random.nextInt(3)) {
      case 0 -> Arrays.copyOf(content, at);
      case 1 -> {
        content[at] = (byte) random.nextInt();
        yield content;
      }
      default -> {
        byte[] without = new byte[content.length - 1];
        System.arraycopy(content, 0, without, 0, at);
        System.arraycopy(content, at + 1, without, at, content.length - at - 1);
        yield without;
      }
    };
  }

  private void check(byte[] content, Secret password) {
    Loaded loaded = loader.parse("fuzz", content, content, password, 1);
    Credential credential = loaded.credential();
    for (CredentialProblem problem : loaded.problems()) {
      assertThat(problem.text()).isNotEmpty();
      assertThat(problem.message())
          .matches(text -> text.chars().noneMatch(Character::isISOControl));
    }
    if (credential == null) {
      assertThat(loaded.problems())
          .anyMatch(problem -> problem.severity() == CredentialProblem.Severity.REFUSED);
      return;
    }
    assertThat(credential.fingerprint()).hasSize(64);
    assertThat(credential.pemChain()).isNotEmpty();
    assertThat(credential.pemKey()).isNotEmpty();
    Loaded again = loader.parse("fuzz", credential.pemChain(), credential.pemKey(), null, 1);
    assertThat(again.credential()).isNotNull();
    assertThat(again.credential().hosts()).isEqualTo(credential.hosts());
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
