package io.terminator.tls.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.testkit.CertificateForge;
import io.terminator.testkit.KeyAlgorithm;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.DERBMPString;
import org.bouncycastle.asn1.DERPrintableString;
import org.bouncycastle.asn1.DERT61String;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.junit.jupiter.api.Test;

/** Subjects are compared by their text (RFC 5280 section 7.1). */
class ClientAllowListTest {
  @Test
  void theTypeOfAStringDoesNotMatter() throws Exception {
    List<ASN1Encodable> forms =
        List.of(
            new DERBMPString("alice"),
            new DERT61String("alice"),
            new DERUTF8String("Alice"),
            new DERPrintableString("alice"));
    for (ASN1Encodable form : forms) {
      X509Certificate certificate = named(form, new DERUTF8String("Example"));
      assertThat(isAllowed("CN=alice,O=Example", certificate)).as("%s", form).isTrue();
      assertThat(isAllowed("CN=alice, O=example", certificate)).as("%s", form).isTrue();
      assertThat(isAllowed("O=Example,CN=alice", certificate)).as("order %s", form).isFalse();
      assertThat(isAllowed("CN=alic,O=Example", certificate)).as("%s", form).isFalse();
      assertThat(isAllowed("CN=alice", certificate)).as("%s", form).isFalse();
    }
  }

  private static X509Certificate named(ASN1Encodable name, ASN1Encodable organization) {
    X500Name subject =
        new X500NameBuilder().addRDN(BCStyle.O, organization).addRDN(BCStyle.CN, name).build();
    return CertificateForge.of(subject, KeyAlgorithm.ECDSA_P256.generate()).forge().certificate();
  }

  private static boolean isAllowed(String subject, X509Certificate certificate) throws Exception {
    ClientAllowList list =
        new ClientAllowList(
            new ClientCertificatesConfig(
                ClientCertificatesConfig.Mode.REQUIRED,
                Path.of("unused"),
                List.of(),
                List.of(subject),
                List.of(),
                List.of()));
    return list.admits(certificate, ClientAllowList.identity(certificate));
  }
}
