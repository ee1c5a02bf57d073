package io.terminator.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertStore;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.PKIXRevocationChecker.Option;
import java.security.cert.X509CRL;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.bouncycastle.cert.ocsp.OCSPResp;
import org.junit.jupiter.api.Test;

class RevocationTest {

  private final TestCa ca = TestCa.create();

  @Test
  void responderConvincesTheJdkOfBothStatuses() throws Exception {
    try (OcspResponder responder = OcspResponder.start(ca)) {
      Credential leaf = ca.leaf("a.example").ocspAt(responder.url()).issue();
      assertThatCode(() -> validate(leaf, checker())).doesNotThrowAnyException();
      responder.say(leaf.leaf(), OcspStatus.REVOKED);
      assertThatThrownBy(() -> validate(leaf, checker())).satisfies(RevocationTest::isRevoked);
      assertThat(responder.requests()).isEqualTo(2);
    }
  }

  @Test
  void responderFailsAsTold() throws Exception {
    try (OcspResponder responder = OcspResponder.start(ca)) {
      Credential leaf = ca.leaf("a.example").ocspAt(responder.url()).issue();
      for (OcspResponder.Mode mode :
          List.of(
              OcspResponder.Mode.TRY_LATER,
              OcspResponder.Mode.FAILING,
              OcspResponder.Mode.TALKING_NONSENSE)) {
        responder.mode(mode);
        assertThatThrownBy(() -> validate(leaf, checker()))
            .as(mode.name())
            .isInstanceOf(CertPathValidatorException.class);
      }
      responder.mode(OcspResponder.Mode.TRY_LATER);
      HttpRequest get = HttpRequest.newBuilder(URI.create(responder.url() + "/AAAA")).build();
      HttpResponse<byte[]> response =
          HttpClient.newHttpClient().send(get, BodyHandlers.ofByteArray());
      assertThat(new OCSPResp(response.body()).getStatus()).isEqualTo(OCSPResp.TRY_LATER);
    }
  }

  @Test
  void mintedResponseConvincesTheJdk() throws Exception {
    Credential leaf = ca.server("a.example");
    PKIXRevocationChecker good = checker();
    good.setOcspResponses(
        Map.of(
            leaf.leaf(),
            ca.ocspResponse(
                leaf.leaf(), OcspStatus.GOOD, Validity.of(java.time.Duration.ofDays(1)))));
    assertThatCode(() -> validate(leaf, good)).doesNotThrowAnyException();

    PKIXRevocationChecker stale = checker();
    stale.setOcspResponses(
        Map.of(leaf.leaf(), ca.ocspResponse(leaf.leaf(), OcspStatus.GOOD, Validity.expired())));
    assertThatThrownBy(() -> validate(leaf, stale)).isInstanceOf(CertPathValidatorException.class);
  }

  @Test
  void listNamesTheRevokedOnly() throws Exception {
    Credential revoked = ca.server("a.example");
    Credential good = ca.server("b.example");
    X509CRL list = ca.crl(revoked.leaf());
    list.verify(ca.intermediate().leaf().getPublicKey());
    CertStore store =
        CertStore.getInstance("Collection", new CollectionCertStoreParameters(List.of(list)));
    assertThatCode(() -> validate(good, store)).doesNotThrowAnyException();
    assertThatThrownBy(() -> validate(revoked, store)).satisfies(RevocationTest::isRevoked);
  }

  private static void isRevoked(Throwable failure) {
    assertThat(((CertPathValidatorException) failure).getReason()).isEqualTo(BasicReason.REVOKED);
  }

  private static PKIXRevocationChecker checker() throws GeneralSecurityException {
    PKIXRevocationChecker checker =
        (PKIXRevocationChecker) CertPathValidator.getInstance("PKIX").getRevocationChecker();
    checker.setOptions(EnumSet.of(Option.ONLY_END_ENTITY, Option.NO_FALLBACK));
    return checker;
  }

  private void validate(Credential credential, PKIXRevocationChecker checker)
      throws GeneralSecurityException {
    PKIXParameters parameters = new PKIXParameters(ca.trustStore());
    parameters.addCertPathChecker(checker);
    validate(credential, parameters);
  }

  private void validate(Credential credential, CertStore lists) throws GeneralSecurityException {
    PKIXRevocationChecker checker = checker();
    checker.setOptions(EnumSet.of(Option.ONLY_END_ENTITY, Option.NO_FALLBACK, Option.PREFER_CRLS));
    PKIXParameters parameters = new PKIXParameters(ca.trustStore());
    parameters.addCertStore(lists);
    parameters.addCertPathChecker(checker);
    validate(credential, parameters);
  }

  private static void validate(Credential credential, PKIXParameters parameters)
      throws GeneralSecurityException {
    CertPathValidator.getInstance("PKIX")
        .validate(
            CertificateFactory.getInstance("X.509").generateCertPath(credential.chain()),
            parameters);
  }
}
