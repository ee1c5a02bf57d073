package io.terminator.admin.config;

import io.terminator.admin.acme.AcmeConfig;
import io.terminator.admin.acme.AuthorityConfig;
import io.terminator.admin.acme.ChallengeType;
import io.terminator.admin.acme.DnsHookConfig;
import io.terminator.admin.config.format.Key;
import io.terminator.admin.config.format.Kinds;
import io.terminator.admin.config.format.Section;
import io.terminator.admin.config.format.Shape;
import io.terminator.tls.certificate.source.ManagedCertificate.KeyType;
import java.util.List;
import java.util.Objects;

/** {@code acme}. */
final class AcmeKeys {
  private static final Key<List<String>> CONTACT =
      Key.absent(
          "contact",
          RouteKeys.oneOrMore(
              Kinds.parsed(
                  "an address such as mailto:ops@example.com",
                  "^(mailto:.+@.+|.*\\$\\{.*)$",
                  AcmeKeys::contact,
                  contact -> contact)),
          "the authority has no address to write to",
          "Where the authority writes to about the account.");

  private static final Key<Boolean> TERMS_AGREED =
      Key.required(
          "terms-agreed",
          Kinds.flag(),
          "Must be true: you agree to the authority's terms of service.");

  private static final Key<AuthorityConfig> FALLBACK =
      Key.absent(
          "fallback",
          new Shape<>("A second authority.", AuthorityKeys.ALL, AuthorityKeys::authority),
          "the last certificate serves while the authority fails",
          "A second authority, which is asked in turn with the first after three failures in"
              + " succession. Its terms are agreed to as well.");

  private static final Key<AuthorityConfig> STAGING =
      Key.absent(
          "staging",
          new Shape<>("Where dry runs order.", AuthorityKeys.ALL, AuthorityKeys::authority),
          "letsencrypt-staging for letsencrypt; otherwise no dry runs",
          "Where dry runs order. Its terms are agreed to as well.");

  private static final Key<List<ChallengeType>> CHALLENGES =
      Key.absent(
          "challenges",
          Kinds.distinct(Kinds.choice(List.of(ChallengeType.values()), ChallengeType::label)),
          "tls-alpn-01; then http-01 if http is configured, and dns-01 if acme.dns is",
          "How names are validated, in order of preference. tls-alpn-01 uses the listener's own port,"
              + " which the authority must reach as port 443; http-01 needs http on port 80; dns-01 needs"
              + " acme.dns; dns-persist-01 needs TXT records that you set once, printed by"
              + " `terminator acme dns-persist`.");

  private static final Key<List<KeyType>> KEY_TYPE =
      Key.optional(
          "key-type",
          ManagedCertificateKeys.KEY_TYPES,
          List.of(KeyType.ECDSA_P256),
          "ecdsa-p256",
          "The kind of key; a list of one ECDSA and one RSA kind orders a certificate for each.");

  private static final Key<Boolean> REUSE_KEY =
      Key.optional(
          "reuse-key",
          Kinds.flag(),
          false,
          "Whether a renewal keeps the private key. Otherwise each certificate has a new key.");

  private static final Key<String> PROFILE =
      Key.absent(
          "profile",
          ManagedCertificateKeys.PROFILE_NAME,
          "the authority's default",
          "The authority's certificate profile, such as classic, tlsserver or shortlived.");

  private static final Key<String> PREFERRED_CHAIN =
      Key.absent(
          "preferred-chain",
          Kinds.parsed("the common name of an issuer", null, text -> text, text -> text),
          "the authority's default",
          "Of several chains that the authority offers, the one with an issuer of this common name.");

  private static final Key<Boolean> READY_WITH_PLACEHOLDER =
      Key.optional(
          "ready-with-placeholder",
          Kinds.flag(),
          true,
          "Whether readiness is true while a self-signed certificate stands in for one that is not"
              + " issued yet. With false, a load balancer that asks for readiness keeps the"
              + " authority's validation away as well.");

  private static final Key<Integer> ORDERS_PER_HOUR =
      Key.optional(
          "orders-per-hour",
          Kinds.whole(1, 1000),
          50,
          "Maximum number of new orders within an hour, for all processes that share state-dir.");

  private static final Key<DnsHookConfig> DNS =
      Key.absent(
          "dns",
          DnsHookKeys.SHAPE,
          "dns-01 and wildcards are not available",
          "A hook that adds TXT records for dns-01: a command or a webhook.");

  static final Shape<AcmeConfig> SHAPE =
      new Shape<>(
          "Ordering and renewing certificates by ACME (RFC 8555).",
          List.of(
              CONTACT,
              TERMS_AGREED,
              AuthorityKeys.DIRECTORY,
              AuthorityKeys.TRUST,
              AuthorityKeys.EXTERNAL_ACCOUNT,
              FALLBACK,
              STAGING,
              CHALLENGES,
              KEY_TYPE,
              REUSE_KEY,
              PROFILE,
              PREFERRED_CHAIN,
              READY_WITH_PLACEHOLDER,
              ORDERS_PER_HOUR,
              DNS),
          AcmeKeys::map);

  private AcmeKeys() {}

  private static AcmeConfig map(Section section) {
    section.check(section.get(TERMS_AGREED), TERMS_AGREED, "true", "read the authority's terms");
    ManagedCertificateKeys.checkKeyTypes(section, KEY_TYPE);
    AuthorityConfig fallback = section.find(FALLBACK);
    section.check(
        fallback == null || !fallback.directory().equals(section.get(AuthorityKeys.DIRECTORY)),
        FALLBACK,
        "another directory than acme.directory, which it stands in for",
        "name another authority, or remove it",
        AuthorityKeys.DIRECTORY);
    AuthorityConfig staging = section.find(STAGING);
    section.check(
        staging == null || !AuthorityKeys.isProduction(staging),
        STAGING,
        "a directory for tests such as letsencrypt-staging; dry runs would use up the limits of this"
            + " one",
        "name another directory");
    return new AcmeConfig(
        Objects.requireNonNullElse(section.find(CONTACT), List.of()),
        AuthorityKeys.authority(section),
        fallback,
        staging == null ? AuthorityKeys.staging(section) : staging,
        Objects.requireNonNullElse(section.find(CHALLENGES), List.of()),
        section.get(KEY_TYPE),
        section.get(REUSE_KEY),
        section.find(PROFILE),
        section.find(PREFERRED_CHAIN),
        section.get(READY_WITH_PLACEHOLDER),
        section.get(ORDERS_PER_HOUR),
        section.find(DNS));
  }

  private static String contact(String text) {
    if (!text.matches("mailto:[^@\\s,?]+@[^@\\s,?]+")) {
      throw Kinds.unfit();
    }
    return text;
  }
}
