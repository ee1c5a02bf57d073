package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.testkit.CertificateForge;
import io.terminator.testkit.CertificateForge.Forged;
import io.terminator.testkit.Credential;
import io.terminator.testkit.KeyAlgorithm;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.Validity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A client's certificates are a set: if there is a valid path in it, the client is accepted;
 * otherwise the reason and the alert state why not.
 */
class ClientChainIT {
  private static final String[] VERSIONS = {"-tls1_2", "-tls1_3"};

  private final TestCa ca = TestCa.create();
  private final Forged root = CertificateForge.of("Root").authority().forge();
  private final Forged old = CertificateForge.of("Old").authority().forge();
  private final Forged middle = CertificateForge.of("Middle").authority().signedBy(root).forge();
  private final Forged leaf = CertificateForge.of("leaf").signedBy(middle).forge();

  @TempDir Path directory;
  private Path trusted;
  private ScriptedBackend backend;
  private RunningTerminator terminator;

  @BeforeEach
  void start() throws Exception {
    Processes.assumeAvailable("openssl");
    backend = ScriptedBackend.start(peer -> peer.write("HELLO"));
    trusted = Files.writeString(directory.resolve("clients.pem"), root.pem() + old.pem());
    terminator =
        RunningTerminator.start(
            ca,
            Map.of("localhost", ca.server("localhost")),
            "workers: 1\nlisteners:\n  - name: web\n    bind: \"127.0.0.1:0\"\n"
                + "    certificates: certs/\n    backend: app\n    tls: { client-certificates: { ca: \""
                + trusted
                + "\" } }\nbackends:\n  app: { servers: [\"127.0.0.1:"
                + backend.address().getPort()
                + "\"] }\n");
  }

  @AfterEach
  void stop() {
    terminator.close();
    backend.close();
  }

  @Test
  void oneGoodPathLetsAClientInWhateverElseItSends() throws Exception {
    Forged stranger = CertificateForge.of("Stranger").authority().forge();
    Forged twin = CertificateForge.of("Middle").authority().signedBy(root).forge();
    Forged cross = CertificateForge.of("Root", root.key()).authority().signedBy(old).forge();
    Forged ended =
        CertificateForge.of("Root", root.key())
            .authority()
            .validity(Validity.expired())
            .signedBy(old)
            .forge();
    comesIn(leaf.with(middle));
    comesIn(leaf.with(middle, root));
    comesIn(leaf.with(middle, cross));
    comesIn(leaf.with(middle, ended));
    comesIn(leaf.with(middle, middle));
    comesIn(leaf.with(stranger, middle));
    comesIn(leaf.with(middle, stranger, leaf));
    comesIn(leaf.with(twin, middle));
  }

  @Test
  void longChainsAndLargeKeysComeIn() throws Exception {
    comesIn(with(4));
    comesIn(with(8));
    refused(with(10), "more than 10 certificates", "alert unknown ca");
    comesIn(sized(33_000));
    comesIn(sized(90_000));
    refused(sized(110_000), "may have 100 KiB", "alert illegal parameter");
    comesIn(CertificateForge.of("large", rsa(5120)).signedBy(middle).forge().with(middle));
  }

  /** A good chain with this many authorities. */
  private Credential with(int authorities) {
    List<Forged> chain = new ArrayList<>();
    Forged last = root;
    for (int i = 0; i < authorities; i++) {
      last = CertificateForge.of("Level " + i).authority().signedBy(last).forge();
      chain.add(0, last);
    }
    return CertificateForge.of("deep").signedBy(last).forge().with(chain.toArray(Forged[]::new));
  }

  private Credential sized(int bytes) {
    return CertificateForge.of("sized")
        .unknownExtension(false, bytes)
        .signedBy(middle)
        .forge()
        .with(middle);
  }

  private static KeyPair rsa(int bits) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(bits);
    return generator.generateKeyPair();
  }

  @Test
  void eachRefusalHasItsReasonAndItsAlert() throws Exception {
    refused(
        CertificateForge.of("x").forServers(),
        "an extended key usage without clientAuth",
        "alert unsupported certificate");
    for (KeyPair key : List.of(KeyAlgorithm.ECDSA_P256.generate(), rsa(2048))) {
      Credential cannotSign =
          CertificateForge.of("x", key)
              .keyUsage(KeyUsage.keyAgreement)
              .signedBy(middle)
              .forge()
              .with(middle);
      String why = "a key usage without digitalSignature";
      refused(cannotSign, "-tls1_2", why, "alert unsupported certificate");
      // BoringSSL looks first here, and its alert cannot be chosen.
      refused(cannotSign, "-tls1_3", why, "alert illegal parameter");
    }
    refused(
        CertificateForge.of("x").unknownExtension(true, 8),
        "an unknown critical extension",
        "alert certificate unknown");
    refused(
        CertificateForge.of("x").validity(Validity.expired()),
        "has expired or is not yet valid",
        "alert certificate expired");
    refused(
        CertificateForge.of("x")
            .signedBy(CertificateForge.of("Nobody").authority().forge())
            .forge()
            .with(),
        "not from an issuer that the listener trusts",
        "alert unknown ca");
    Forged noAuthority = CertificateForge.of("Middle", middle.key()).signedBy(root).forge();
    refused(leaf.with(noAuthority), "is not allowed to issue it", "alert bad certificate");
  }

  /**
   * BoringSSL names neither in a CertificateRequest, and a client that follows the request sends no
   * certificate.
   */
  @Test
  void aClientWhoseKeyIsNotAcceptedSendsNothingAndTheReasonNamesTheKeys() throws Exception {
    Credential ed25519 =
        CertificateForge.of("x", KeyPairGenerator.getInstance("Ed25519").generateKeyPair())
            .signedBy(middle)
            .forge()
            .with(middle);
    for (String version : VERSIONS) {
      refused(ed25519, version, "ECDSA key on P-256 or P-384", "alert");
    }
    Credential p521 =
        CertificateForge.of("x", KeyAlgorithm.ECDSA_P521.generate())
            .signedBy(middle)
            .forge()
            .with(middle);
    refused(p521, "-tls1_3", "ECDSA key on P-256 or P-384", "alert certificate required");
    // TLS 1.2 ties no curve to a signature algorithm.
    assertThat(connect(p521, "-tls1_2")).contains("HELLO");
  }

  /** CAs without host names or for some of them, above clients whose names are not host names. */
  @Test
  void aConstraintOnHostNamesLetsOtherNamesIn() throws Exception {
    GeneralSubtree[] none = {new GeneralSubtree(new GeneralName(GeneralName.dNSName, ""))};
    GeneralSubtree[] some = {new GeneralSubtree(new GeneralName(GeneralName.dNSName, "a.test"))};
    for (NameConstraints names :
        List.of(
            new NameConstraints(null, none),
            new NameConstraints(none, null),
            new NameConstraints(some, null))) {
      Forged narrow = constrained(names);
      comesIn(CertificateForge.of("alice").signedBy(narrow).forge().with(narrow));
      GeneralNames mail =
          new GeneralNames(new GeneralName(GeneralName.rfc822Name, "alice@mail.test"));
      comesIn(
          CertificateForge.of(new X500Name(new RDN[0]), KeyAlgorithm.ECDSA_P256.generate())
              .extension(Extension.subjectAlternativeName, true, mail)
              .signedBy(narrow)
              .forge()
              .with(narrow));
    }
    Forged noHosts = constrained(new NameConstraints(null, none));
    refused(
        CertificateForge.of("alice").names("x.a.test").signedBy(noHosts).forge().with(noHosts),
        "is not allowed to issue it",
        "alert bad certificate");
    Forged narrow = constrained(new NameConstraints(some, null));
    refused(
        CertificateForge.of("alice").names("x.b.test").signedBy(narrow).forge().with(narrow),
        "is not allowed to issue it",
        "alert bad certificate");
  }

  private Forged constrained(NameConstraints names) {
    return CertificateForge.of("Narrow")
        .authority()
        .extension(Extension.nameConstraints, true, names)
        .signedBy(root)
        .forge();
  }

  /** The JDK cannot verify with such keys. */
  @Test
  void anIssuerWithAKeyOnAnotherCurveIsToldAsSuch() throws Exception {
    Files.writeString(directory.resolve("root.pem"), root.with().leafPem());
    Files.writeString(directory.resolve("root.key"), root.with().keyPem());
    Files.writeString(directory.resolve("ca.ext"), "basicConstraints=critical,CA:true\n");
    for (String curve : List.of("secp224r1", "secp256k1", "brainpoolP256r1")) {
      openssl("ecparam -genkey -noout -name " + curve + " -out chain.key");
      openssl("req -new -key chain.key -subj /CN=Curve -out chain.csr");
      openssl(
          "x509 -req -in chain.csr -CA root.pem -CAkey root.key -extfile ca.ext -out chain.pem");
      openssl("ecparam -genkey -noout -name prime256v1 -out own.key");
      openssl("req -new -key own.key -subj /CN=leaf -out own.csr");
      openssl("x509 -req -in own.csr -CA chain.pem -CAkey chain.key -out own.pem");
      for (String version : VERSIONS) {
        refused(
            () -> connect(true, version),
            curve + version,
            "a key or a signature that is not accepted",
            "alert unsupported certificate");
      }
    }
  }

  private void openssl(String command) {
    try (RunningProcess openssl =
        Processes.start(
            new ProcessBuilder(("openssl " + command).split(" ")).directory(directory.toFile()))) {
      assertThat(openssl.awaitExit(RunningTerminator.PATIENCE)).as(openssl.output()).isZero();
    }
  }

  @Test
  void aReplacedListOfIssuersIsToldToClientsAtOnce() throws Exception {
    assertThat(connect(leaf.with(middle), "-tls1_3")).contains("CN = Old", "HELLO");
    Forged next = CertificateForge.of("Next").authority().forge();
    Files.writeString(trusted, root.pem() + next.pem());
    await()
        .atMost(RunningTerminator.PATIENCE)
        .untilAsserted(
            () ->
                assertThat(connect(leaf.with(middle), "-tls1_3"))
                    .contains("CN = Next", "HELLO")
                    .doesNotContain("CN = Old"));
    StringBuilder many = new StringBuilder(root.pem());
    for (int i = 0; i < 800; i++) {
      many.append(
          CertificateForge.of("One of many issuers with the number " + i, next.key())
              .authority()
              .forge()
              .pem());
    }
    Files.writeString(trusted, many);
    await()
        .atMost(RunningTerminator.PATIENCE)
        .untilAsserted(
            () ->
                assertThat(connect(leaf.with(middle), "-tls1_3"))
                    .contains("No client certificate CA names sent", "HELLO"));
    assertThat(connect(leaf.with(middle), "-tls1_2")).contains("HELLO");
    refused(
        CertificateForge.of("x").signedBy(old).forge().with(),
        "-tls1_3",
        "not from an issuer that the listener trusts",
        "alert unknown ca");
  }

  private void refused(CertificateForge forge, String why, String alert) throws Exception {
    refused(forge.signedBy(middle).forge().with(middle), why, alert);
  }

  private void comesIn(Credential credential) throws Exception {
    for (String version : VERSIONS) {
      assertThat(connect(credential, version)).contains("HELLO");
    }
  }

  private void refused(Credential credential, String why, String alert) throws Exception {
    for (String version : VERSIONS) {
      refused(credential, version, why, alert);
    }
  }

  private void refused(Credential credential, String version, String why, String alert)
      throws Exception {
    refused(() -> connect(credential, version), version, why, alert);
  }

  private void refused(Callable<String> client, String what, String why, String alert)
      throws Exception {
    Path log = terminator.directory().resolve("access.log");
    int before = text(log).length();
    String said = client.call();
    await()
        .atMost(RunningTerminator.PATIENCE)
        .untilAsserted(() -> assertThat(text(log).substring(before)).as(what).contains(why));
    assertThat(said).as(what).doesNotContain("HELLO").contains(alert);
  }

  /** Sends the certificates exactly as given, which no other test client does. */
  private String connect(Credential credential, String version) throws IOException {
    Files.writeString(directory.resolve("own.pem"), credential.leafPem());
    Files.writeString(directory.resolve("own.key"), credential.keyPem());
    int length = credential.chain().size();
    if (length > 1) {
      Files.writeString(
          directory.resolve("chain.pem"),
          new Credential(credential.key(), credential.chain().subList(1, length)).chainPem());
    }
    return connect(length > 1, version);
  }

  /** Sends {@code own.pem} and, if {@code isChain}, {@code chain.pem}. */
  private String connect(boolean isChain, String version) {
    try (RunningProcess client =
        Processes.start(
            "sh",
            "-c",
            "echo | openssl s_client -ign_eof -servername localhost -connect 127.0.0.1:"
                + terminator.address().getPort()
                + " "
                + version
                + " -cert "
                + directory.resolve("own.pem")
                + " -key "
                + directory.resolve("own.key")
                + (isChain ? " -cert_chain " + directory.resolve("chain.pem") : "")
                + " 2>&1")) {
      client.awaitExit(RunningTerminator.PATIENCE);
      return client.output();
    }
  }

  private static String text(Path log) throws IOException {
    return Files.exists(log) ? Files.readString(log) : "";
  }
}
