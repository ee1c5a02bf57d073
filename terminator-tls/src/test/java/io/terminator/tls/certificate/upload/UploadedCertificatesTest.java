package io.terminator.tls.certificate.upload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.terminator.core.setting.Secret;
import io.terminator.testkit.TestCa;
import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.credential.CredentialChange;
import io.terminator.tls.certificate.credential.CredentialProblem.Kind;
import io.terminator.tls.certificate.reader.CredentialLoader;
import io.terminator.tls.certificate.reader.WeakKeys;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UploadedCertificatesTest {
  private static final TestCa CA = TestCa.create();
  private static final CredentialLoader LOADER =
      new CredentialLoader(InstantSource.system(), WeakKeys.REFUSED);

  @TempDir Path base;

  private UploadedCertificates open(String secret) throws StateException {
    return UploadedCertificates.open(
        base.resolve("state"),
        LOADER,
        InstantSource.system(),
        secret == null ? null : new Secret(secret));
  }

  @Test
  void servesAfterTheNextStartWhatItTook() throws Exception {
    io.terminator.testkit.Credential issued = CA.server("shop.example");
    CredentialChange change = put(open(null), "shop", issued);
    assertThat(change.before()).isNull();
    assertThat(change.after().version()).isEqualTo(1);

    Credential again = open(null).find("shop");

    assertThat(again.leaf()).isEqualTo(issued.leaf());
    assertThat(again.keyPkcs8()).isEqualTo(change.after().keyPkcs8());
    assertThat(again.version()).isEqualTo(1);
    assertThat(again.source()).isEqualTo("api");
  }

  @Test
  void keepsFiveVersionsAndCountsOn() throws Exception {
    UploadedCertificates state = open(null);
    for (int i = 0; i < 8; i++) {
      put(state, "shop", CA.server("shop.example"));
    }

    assertThat(state.versions("shop")).containsExactly(8, 7, 6, 5, 4);
    assertThat(open(null).find("shop").version()).isEqualTo(8);
    assertThat(open(null).nextVersion("shop")).isEqualTo(9);
  }

  @Test
  void recallsAnOldVersionAsANewOne() throws Exception {
    UploadedCertificates state = open("secret");
    io.terminator.testkit.Credential first = CA.server("shop.example");
    put(state, "shop", first);
    put(state, "shop", CA.server("shop.example"));

    state.put(state.recall("shop", 1));

    assertThat(open("secret").find("shop").version()).isEqualTo(3);
    assertThat(open("secret").find("shop").leaf()).isEqualTo(first.leaf());
  }

  @Test
  void deletesAllVersionsAtOnce() throws Exception {
    UploadedCertificates state = open(null);
    put(state, "shop", CA.server("shop.example"));
    put(state, "shop", CA.server("shop.example"));

    assertThat(state.delete("shop").after()).isNull();

    assertThat(state.delete("shop")).isNull();
    assertThat(open(null).credentials()).isEmpty();
    try (Stream<Path> left = Files.list(base.resolve("state"))) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void nobodyElseMayReadIt() throws Exception {
    put(open(null), "shop", CA.server("shop.example"));

    assertThat(permissions("state")).isEqualTo("rwx------");
    assertThat(permissions("state/shop")).isEqualTo("rwx------");
    assertThat(permissions("state/shop/v1.pem")).isEqualTo("rw-------");
  }

  private String permissions(String path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(base.resolve(path)));
  }

  @Test
  void encryptsKeysUnderASecret() throws Exception {
    io.terminator.testkit.Credential issued = CA.server("shop.example");
    put(open("correct horse"), "shop", issued);
    String file = Files.readString(base.resolve("state/shop/v1.pem"));

    assertThat(file).contains("BEGIN TERMINATOR SEALED KEY").doesNotContain("BEGIN PRIVATE KEY");
    assertThat(open("correct horse").find("shop").leaf()).isEqualTo(issued.leaf());
    assertThat(problems(open("battery staple"))).containsExactly(Kind.WRONG_PASSWORD);
    assertThat(open("battery staple").find("shop")).isNull();
    assertThat(problems(open(null))).containsExactly(Kind.MISSING_PASSWORD);
    assertThat(open(null).problems().toString()).doesNotContain("correct horse");
  }

  @Test
  void readsWhatWasWrittenBeforeThereWasASecret() throws Exception {
    put(open(null), "plain", CA.server("plain.example"));
    UploadedCertificates state = open("secret");
    put(state, "sealed", CA.server("sealed.example"));

    assertThat(open("secret").credentials())
        .extracting(Credential::name)
        .containsExactly("plain", "sealed");
  }

  @Test
  void aSealedKeyOpensBesideItsOwnChainAndNameOnly() throws Exception {
    UploadedCertificates state = open("secret");
    put(state, "shop", CA.server("shop.example"));
    put(state, "blog", CA.server("blog.example"));
    Files.copy(base.resolve("state/blog/v1.pem"), base.resolve("state/shop/v2.pem"));

    UploadedCertificates again = open("secret");

    assertThat(again.find("shop").version()).isEqualTo(1);
    assertThat(problems(again)).contains(Kind.WRONG_PASSWORD);
  }

  @Test
  void fallsBackToTheVersionBeforeADamagedOne() throws Exception {
    UploadedCertificates state = open(null);
    io.terminator.testkit.Credential first = CA.server("shop.example");
    put(state, "shop", first);
    put(state, "shop", CA.server("shop.example"));
    Path newest = base.resolve("state/shop/v2.pem");
    byte[] content = Files.readAllBytes(newest);
    Files.write(newest, Arrays.copyOf(content, content.length / 2));

    UploadedCertificates again = open(null);

    assertThat(again.find("shop").leaf()).isEqualTo(first.leaf());
    assertThat(again.problems())
        .anySatisfy(
            reported -> {
              assertThat(reported.problem().place()).isEqualTo(newest.toString());
              assertThat(reported.isLastGoodServing()).isTrue();
            });
    // The number of the damaged version is not reused.
    assertThat(again.nextVersion("shop")).isEqualTo(3);
  }

  @Test
  void clearsWhatAnEndInTheMiddleLeaves() throws Exception {
    io.terminator.testkit.Credential issued = CA.server("shop.example");
    put(open(null), "shop", issued);
    Path state = base.resolve("state");
    Files.writeString(state.resolve("shop/.unfinished-v2"), "-----BEGIN CERT");
    Files.createDirectory(state.resolve("empty"));
    Files.createDirectory(state.resolve(".deleted-blog-17"));
    Files.writeString(state.resolve(".deleted-blog-17/v1.pem"), "x");
    Files.writeString(state.resolve(".unfinished-probe"), "");

    UploadedCertificates again = open(null);

    assertThat(again.credentials())
        .singleElement()
        .satisfies(c -> assertThat(c.leaf()).isEqualTo(issued.leaf()));
    assertThat(again.problems()).isEmpty();
    assertThat(state.resolve("shop/.unfinished-v2")).doesNotExist();
    assertThat(state.resolve(".deleted-blog-17")).doesNotExist();
    put(again, "shop", CA.server("shop.example"));
    put(again, "empty", CA.server("empty.example"));
  }

  @Test
  void survivesBeingKilledAtAnyMoment() throws Exception {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    int acknowledged = 0;
    for (int round = 0; round < 3; round++) {
      Process writer =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-XX:TieredStopAtLevel=1",
                  "-cp",
                  System.getProperty("java.class.path"),
                  EndlessWriter.class.getName(),
                  base.resolve("state").toString())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      try (BufferedReader lines =
          new BufferedReader(
              new InputStreamReader(writer.getInputStream(), StandardCharsets.UTF_8))) {
        int count = 1 + random.nextInt(30);
        for (int i = 0; i < count; i++) {
          acknowledged = Integer.parseInt(lines.readLine());
        }
        // Not Process.destroyForcibly, which closes the output of the process.
        assertThat(writer.toHandle().destroyForcibly()).isTrue();
        writer.waitFor();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          acknowledged = Integer.parseInt(line);
        }
      }
      UploadedCertificates state = open("secret");
      assertThat(state.problems()).as("seed %s", seed).isEmpty();
      assertThat(state.find("shop").version())
          .as("seed %s, round %s", seed, round)
          .isBetween(acknowledged, acknowledged + 1);
    }
  }

  /** Uploads in an endless loop and prints each version after it is stored. */
  static final class EndlessWriter {
    private EndlessWriter() {}

    public static void main(String[] args) throws Exception {
      UploadedCertificates state =
          UploadedCertificates.open(
              Path.of(args[0]), LOADER, InstantSource.system(), new Secret("secret"));
      List<io.terminator.testkit.Credential> issued =
          List.of(CA.server("shop.example"), CA.server("shop.example"));
      for (int i = 0; ; i++) {
        System.out.println(put(state, "shop", issued.get(i % 2)).after().version());
      }
    }
  }

  @Test
  void saysWhereItMayNotWrite() throws Exception {
    Path file = Files.writeString(base.resolve("state"), "a file");

    assertThatThrownBy(() -> open(null))
        .isInstanceOf(StateException.class)
        .hasMessageStartingWith(file + ": cannot store uploads here")
        .hasMessageContaining("Expected a directory");
    assertThatThrownBy(
            () ->
                UploadedCertificates.open(
                    Path.of("/proc/state"), LOADER, InstantSource.system(), null))
        .isInstanceOf(StateException.class)
        .hasMessageContaining("/proc/state");
  }

  @Test
  void servesNothingThatCouldNotBeKept() throws Exception {
    UploadedCertificates state = open(null);
    put(state, "shop", CA.server("shop.example"));
    Credential kept = state.find("shop");
    Path home = base.resolve("state/shop");
    Files.move(home, base.resolve("away"));
    Files.writeString(home, "in the way", StandardOpenOption.CREATE_NEW);

    assertThatThrownBy(() -> put(state, "shop", CA.server("shop.example")))
        .isInstanceOf(StateException.class);
    assertThat(state.find("shop")).isSameAs(kept);
  }

  @Test
  void namesCannotLeaveTheDirectory() {
    for (String name : List.of("", ".", "..", "../x", "a/b", ".x", "-x", "a\0b", "x".repeat(101))) {
      assertThat(UploadedCertificates.isName(name)).as(name).isFalse();
    }
    for (String name : List.of("shop", "shop.example", "_wild.example", "team~shop", "A-1+2@x")) {
      assertThat(UploadedCertificates.isName(name)).as(name).isTrue();
    }
  }

  private static CredentialChange put(
      UploadedCertificates state, String name, io.terminator.testkit.Credential issued)
      throws StateException {
    return state.put(
        LOADER.parse(
            name,
            issued.chainPem().getBytes(StandardCharsets.US_ASCII),
            issued.keyPem().getBytes(StandardCharsets.US_ASCII),
            null,
            state.nextVersion(name)));
  }

  private static List<Kind> problems(UploadedCertificates state) {
    return state.problems().stream().map(reported -> reported.problem().kind()).toList();
  }
}
