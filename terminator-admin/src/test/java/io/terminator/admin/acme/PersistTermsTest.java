package io.terminator.admin.acme;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.tls.certificate.source.ManagedCertificate.KeyType;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The records of draft-ietf-acme-dns-persist. */
class PersistTermsTest {
  private static final Instant NOW = Instant.ofEpochSecond(1_800_000_000);
  private static final String HASH =
      "https://ca.example/account-hash/sha-256/5SQm7n6tPh2-PlLbCKGnViTXX5z19SCN4cPGQHSk-kw";

  /** The account of section 10.2 of version 02. */
  private static final PersistTerms HASHED =
      new PersistTerms(
          List.of("authority.example", "other.example"),
          "https://ca.example/account-hash/",
          "https://ca.example/acct/123",
          "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");

  private static final PersistTerms PLAIN =
      new PersistTerms(HASHED.issuers(), null, HASHED.account(), HASHED.thumbprint());

  @Test
  void theAccountIsAHashIfTheAuthorityHasAPrefixForIt() {
    assertThat(HASHED.record("example.com", false, null))
        .isEqualTo(
            new PersistentRecord(
                "_validation-persist.example.com", "authority.example; accounturi=" + HASH));
    assertThat(PLAIN.record("example.com", true, NOW).value())
        .isEqualTo(
            "authority.example; accounturi=https://ca.example/acct/123; policy=wildcard;"
                + " persistUntil=1800000000");
  }

  @Test
  void aWildcardAndItsDomainShareARecordAndAddressesHaveNone() {
    assertThat(
            PLAIN.records(
                List.of(
                    new Target(
                        "a",
                        List.of("example.com", "*.example.com", "192.0.2.1", "b.example"),
                        KeyType.ECDSA_P256,
                        null)),
                null))
        .containsExactly(
            PLAIN.record("b.example", false, null), PLAIN.record("example.com", true, null));
  }

  @Test
  void aLongRecordIsSeveralStringsInAZoneFile() {
    String line = new PersistentRecord("n.example", "a".repeat(255) + "b").zoneLine();
    assertThat(line).isEqualTo("n.example. IN TXT \"" + "a".repeat(255) + "\" \"b\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "right",
      textBlock =
          """
          authority.example; accounturi=https://ca.example/acct/123; policy=wildcard | right
          OTHER.example;accounturi=https://ca.example/acct/123;Policy=WildCard;unheard=of; | right
          authority.example; policy=wildcard; persistUntil=1800000001; accounturi=https://ca.example/acct/123 | right
          authority.example; accounturi=https://ca.example/acct/123 | lacks policy=wildcard
          authority.example; accounturi=https://ca.example/acct/124; policy=wildcard | names another account, https://ca.example/acct/124
          authority.example; policy=wildcard | names no account
          authority.example; accounturi=https://ca.example/acct/123; policy=wildcard; persistUntil=1800000000 | expired at 2027-01-15T08:00:00Z
          authority.example; accounturi=https://ca.example/acct/123; policy=wildcard; persistUntil=soon | unreadable persistUntil, "soon"
          authority.example; accounturi=https://ca.example/acct/123; policy=wildcard; policy=wildcard | none of the TXT records
          authority.example; nothing | none of the TXT records
          v=spf1 -all | none of the TXT records of _validation-persist.example.com begins with [authority.example, other.example]
          """)
  void aRecordIsJudgedAsTheAuthorityWould(String text, String fault) {
    String found = PLAIN.fault("example.com", true, List.of("v=spf1 -all", text), NOW);
    if (fault == null) {
      assertThat(found).isNull();
    } else {
      assertThat(found).contains(fault);
    }
  }

  @Test
  void theHashMayBeThatOfEveryDomainButNotOfAnother() {
    String any =
        "authority.example; accounturi=https://ca.example/account-hash/sha-256/"
            + "NpDnSwUthQK8zCgFdefYxAdAVPnygMLbs9US6oO-5ug";
    assertThat(HASHED.fault("example.com", false, List.of(any), NOW)).isNull();
    String own = HASHED.record("example.com", false, null).value();
    assertThat(HASHED.fault("example.com", false, List.of(own), NOW)).isNull();
    assertThat(HASHED.fault("other.example", false, List.of(own), NOW))
        .contains("names another account");
    assertThat(HASHED.fault("example.com", false, List.of(), NOW))
        .isEqualTo("_validation-persist.example.com has no TXT record");
  }
}
