package io.terminator.admin.config;

import io.netty.util.NetUtil;
import io.terminator.admin.acme.AcmeConfig;
import io.terminator.admin.acme.AuthorityConfig;
import io.terminator.admin.acme.AuthorityConfig.ExternalAccount;
import io.terminator.admin.acme.ChallengeType;
import io.terminator.admin.acme.DnsHookConfig;
import io.terminator.admin.config.format.Key;
import io.terminator.admin.config.format.Kind;
import io.terminator.admin.config.format.Kinds;
import io.terminator.admin.config.format.Paths;
import io.terminator.admin.config.format.Quoted;
import io.terminator.admin.config.format.Reading;
import io.terminator.admin.config.format.Section;
import io.terminator.admin.config.format.Shape;
import io.terminator.core.setting.HostPattern;
import io.terminator.core.setting.Quantity;
import io.terminator.core.setting.Secret;
import io.terminator.tls.certificate.credential.IpText;
import io.terminator.tls.certificate.source.ManagedCertificate;
import io.terminator.tls.certificate.source.ManagedCertificate.KeyType;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code acme} and {@code listeners[].certificates.acme}. */
final class AcmeKeys {
  private static final String ADDRESS = "https://";
  private static final int LONGEST_NAME = 100;

  /** RFC 7518 section 3.2: as long as the output of HMAC-SHA-256. */
  private static final int LEAST_MAC_KEY = 32;

  private static final URI LETSENCRYPT_STAGING =
      URI.create("https://acme-staging-v02.api.letsencrypt.org/directory");

  private static final Map<String, URI> DIRECTORIES =
      Map.of(
          "letsencrypt",
          URI.create("https://acme-v02.api.letsencrypt.org/directory"),
          "letsencrypt-staging",
          LETSENCRYPT_STAGING);

  /** Plain HTTP is for tests on the same machine. */
  private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "localhost", "[::1]");

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

  private static final Kind<URI> DIRECTORY_KIND =
      Kinds.parsed(
          "letsencrypt, letsencrypt-staging, or the https:// address of an ACME directory",
          null,
          AcmeKeys::directory,
          AcmeKeys::spell);

  private static final Key<URI> DIRECTORY =
      Key.required(
          "directory",
          DIRECTORY_KIND,
          "The authority. Use letsencrypt-staging for experiments: its limits are wide, and"
              + " browsers do not trust its certificates.");

  private static final Key<Path> TRUST =
      Key.absent(
          "trust",
          Paths.file(),
          "the public CAs of the Java runtime",
          "PEM file with the CA certificates that the directory's HTTPS is verified with, for a"
              + " private authority.");

  private static final Key<String> KEY_ID =
      Key.required(
          "key-id",
          Kinds.parsed("the key identifier", null, AcmeKeys::keyId, text -> text),
          "The key identifier that the authority gave you.");

  private static final Key<Secret> HMAC_KEY =
      Key.required(
          "hmac-key",
          Kinds.secret(),
          "The MAC key that the authority gave you, in base64url. Never shown in messages.");

  private static final Shape<ExternalAccount> EXTERNAL_ACCOUNT_SHAPE =
      new Shape<>(
          "External account binding (RFC 8555, section 7.3.4).",
          List.of(KEY_ID, HMAC_KEY),
          AcmeKeys::externalAccount);

  private static String keyId(String text) {
    if (text.isBlank() || text.chars().anyMatch(Character::isISOControl)) {
      throw Kinds.unfit();
    }
    return text;
  }

  private static ExternalAccount externalAccount(Section section) {
    Secret key = section.get(HMAC_KEY);
    Reading reading = section.reading();
    if (reading != null && section.isSound(HMAC_KEY)) {
      // An order would fail with it, hours after the start.
      int bytes = macKeyBytes(key.reveal());
      if (bytes < LEAST_MAC_KEY) {
        reading.problem(
            section.placeOf(HMAC_KEY),
            bytes <= 0
                ? "is not base64url"
                : "is a key of "
                    + Quantity.of(bytes, "byte")
                    + "; no MAC of ACME takes one of less than "
                    + LEAST_MAC_KEY,
            "the MAC key as the authority gave it: letters, digits, - and _, without spaces and line"
                + " breaks",
            "");
      }
    }
    return new ExternalAccount(section.get(KEY_ID), key);
  }

  private static int macKeyBytes(String text) {
    try {
      return Base64.getUrlDecoder().decode(text).length;
    } catch (IllegalArgumentException malformed) {
      return -1;
    }
  }

  private static final Key<ExternalAccount> EXTERNAL_ACCOUNT =
      Key.absent(
          "external-account",
          EXTERNAL_ACCOUNT_SHAPE,
          "the ACME account stands for itself",
          "The account at the authority that the ACME account is bound to, if the authority demands"
              + " one.");

  private static final Shape<AuthorityConfig> FALLBACK_SHAPE =
      new Shape<>(
          "A second authority.", List.of(DIRECTORY, TRUST, EXTERNAL_ACCOUNT), AcmeKeys::authority);

  private static final Key<AuthorityConfig> FALLBACK =
      Key.absent(
          "fallback",
          FALLBACK_SHAPE,
          "the last certificate serves while the authority fails",
          "A second authority, which is asked in turn with the first after three failures in"
              + " succession. Its terms are agreed to as well.");

  private static final Key<AuthorityConfig> STAGING =
      Key.absent(
          "staging",
          new Shape<>(
              "Where dry runs order.",
              List.of(DIRECTORY, TRUST, EXTERNAL_ACCOUNT),
              AcmeKeys::authority),
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

  private static final Kind<List<KeyType>> KEY_TYPES_KIND =
      RouteKeys.oneOrMore(Kinds.choice(KeyType.class));

  private static final List<KeyType> DEFAULT_KEY_TYPES = List.of(KeyType.ECDSA_P256);

  private static final Key<List<KeyType>> KEY_TYPE =
      Key.optional(
          "key-type",
          KEY_TYPES_KIND,
          DEFAULT_KEY_TYPES,
          "ecdsa-p256",
          "The kind of key; a list of one ECDSA and one RSA kind orders a certificate for each.");

  private static final Key<Boolean> REUSE_KEY =
      Key.optional(
          "reuse-key",
          Kinds.flag(),
          false,
          "Whether a renewal keeps the private key. Otherwise each certificate has a new key.");

  private static final Kind<String> WORD_KIND =
      Kinds.parsed(
          "a word such as shortlived",
          null,
          text -> {
            if (!text.matches("[A-Za-z0-9._-]{1,64}")) {
              throw Kinds.unfit();
            }
            return text;
          },
          text -> text);

  private static final Key<String> PROFILE =
      Key.absent(
          "profile",
          WORD_KIND,
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

  private static final Key<List<String>> COMMAND =
      Key.absent(
          "command",
          Kinds.list(
              Kinds.parsed("a program and its arguments", null, text -> text, text -> text), 1),
          "the webhook is called",
          "Program with arguments that adds and removes TXT records, called as COMMAND present|cleanup"
              + " NAME VALUE. It ends with 0 on success. Other records of the same name must stay.");

  private static final Key<URI> WEBHOOK =
      Key.absent(
          "webhook",
          Kinds.parsed(
              "an https:// address, or http:// on this machine",
              null,
              AcmeKeys::address,
              URI::toString),
          "the command is run",
          "Address that adds and removes TXT records by a POST of JSON with action (present or"
              + " cleanup), name and value. Any 2xx status means success.");

  private static final Key<Secret> TOKEN =
      Key.absent(
          "token",
          Kinds.secret(),
          "the webhook is called without a token",
          "Bearer token for the webhook. Never shown in messages.");

  private static final Key<Duration> TIMEOUT =
      Key.optional(
          "timeout",
          Kinds.duration("1s", "10m"),
          Duration.ofMinutes(1),
          "Time limit for one call of the hook.");

  private static final Key<Duration> PROPAGATION =
      Key.optional(
          "propagation",
          Kinds.duration("0", "1h"),
          Duration.ofMinutes(2),
          "Maximum time until the TXT record is visible through the name servers of dns.servers; the"
              + " authority is asked to look after that. 0: it is asked at once.");

  private static final Shape<DnsHookConfig> DNS_SHAPE =
      new Shape<>(
          "A hook that adds TXT records for dns-01: a command or a webhook.",
          List.of(COMMAND, WEBHOOK, TOKEN, TIMEOUT, PROPAGATION),
          AcmeKeys::hook);

  private static final Key<DnsHookConfig> DNS =
      Key.absent(
          "dns",
          DNS_SHAPE,
          "dns-01 and wildcards are not available",
          "A hook that adds TXT records for dns-01: a command or a webhook.");

  static final Shape<AcmeConfig> SHAPE =
      new Shape<>(
          "Ordering and renewing certificates by ACME (RFC 8555).",
          List.of(
              CONTACT,
              TERMS_AGREED,
              DIRECTORY,
              TRUST,
              EXTERNAL_ACCOUNT,
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

  private static final Key<List<String>> NAMES =
      Key.required(
          "names",
          Kinds.distinct(
              Kinds.parsed(
                  "a host name such as www.example.com or *.example.com, or an IP address",
                  null,
                  AcmeKeys::name,
                  name -> name)),
          "The names of the certificate: host names, IP addresses, and wildcards with dns-01 or"
              + " dns-persist-01.");

  private static final Key<String> NAME =
      Key.absent(
          "name",
          Kinds.name(),
          "the first of names",
          "The certificate's name in the API, in metrics and in state-dir.");

  private static final Key<List<KeyType>> OWN_KEY_TYPE =
      Key.absent(
          "key-type", KEY_TYPES_KIND, "as acme.key-type", "The kind of key, or one of each.");

  private static final Key<String> OWN_PROFILE =
      Key.absent("profile", WORD_KIND, "as acme.profile", "The authority's certificate profile.");

  static final Shape<ManagedCertificate> CERTIFICATE_SHAPE =
      new Shape<>(
          "A certificate that is ordered and renewed by ACME.",
          List.of(NAMES, NAME, OWN_KEY_TYPE, OWN_PROFILE),
          AcmeKeys::certificate);

  private AcmeKeys() {}

  private static AcmeConfig map(Section section) {
    section.check(section.get(TERMS_AGREED), TERMS_AGREED, "true", "read the authority's terms");
    checkKeyTypes(section, KEY_TYPE);
    AuthorityConfig fallback = section.find(FALLBACK);
    section.check(
        fallback == null || !fallback.directory().equals(section.get(DIRECTORY)),
        FALLBACK,
        "another directory than acme.directory, which it stands in for",
        "name another authority, or remove it",
        DIRECTORY);
    AuthorityConfig staging = section.find(STAGING);
    section.check(
        staging == null || !staging.directory().equals(DIRECTORIES.get("letsencrypt")),
        STAGING,
        "a directory for tests such as letsencrypt-staging; dry runs would use up the limits of this"
            + " one",
        "name another directory");
    List<ChallengeType> challenges = section.find(CHALLENGES);
    return new AcmeConfig(
        orEmpty(section.find(CONTACT)),
        authority(section),
        section.find(FALLBACK),
        staging(section),
        challenges == null ? List.of() : challenges,
        section.get(KEY_TYPE),
        section.get(REUSE_KEY),
        section.find(PROFILE),
        section.find(PREFERRED_CHAIN),
        section.get(READY_WITH_PLACEHOLDER),
        section.get(ORDERS_PER_HOUR),
        section.find(DNS));
  }

  private static DnsHookConfig hook(Section section) {
    Reading reading = section.reading();
    if (reading != null
        && section.isSound(COMMAND, WEBHOOK)
        && section.has(COMMAND) == section.has(WEBHOOK)) {
      reading.problem(
          section.placeOf(COMMAND),
          section.has(COMMAND) ? "is set together with webhook" : "is missing",
          "either command or webhook",
          "");
    }
    section.check(
        !section.has(TOKEN) || section.has(WEBHOOK) || !section.has(COMMAND),
        TOKEN,
        "no token beside command; it is for the webhook",
        "remove it, or set webhook",
        WEBHOOK,
        COMMAND);
    List<String> command = orEmpty(section.find(COMMAND));
    if (reading != null && !command.isEmpty()) {
      String unfit = AcmeFiles.unfitProgram(reading, command.get(0));
      if (unfit != null) {
        reading.problem(
            section.placeOf(COMMAND),
            Quoted.of(command.get(0)) + " " + unfit,
            "a program that this user may run, by its path or by a name in PATH",
            "");
      }
    }
    return new DnsHookConfig(
        command,
        section.find(WEBHOOK),
        section.find(TOKEN),
        section.get(TIMEOUT),
        section.get(PROPAGATION));
  }

  private static AuthorityConfig authority(Section section) {
    Path trust = section.find(TRUST);
    Reading reading = section.reading();
    String unfit = reading == null || trust == null ? null : AcmeFiles.unfitTrust(reading, trust);
    if (reading != null && unfit != null) {
      reading.problem(
          section.placeOf(TRUST),
          Quoted.of(String.valueOf(trust)) + " " + unfit,
          "a PEM file with the CA certificates of the directory's HTTPS",
          "");
    }
    return new AuthorityConfig(section.get(DIRECTORY), trust, section.find(EXTERNAL_ACCOUNT));
  }

  private static @Nullable AuthorityConfig staging(Section section) {
    AuthorityConfig staging = section.find(STAGING);
    URI directory = section.get(DIRECTORY);
    return staging != null || !DIRECTORIES.containsValue(directory)
        ? staging
        : new AuthorityConfig(LETSENCRYPT_STAGING, section.find(TRUST), null);
  }

  private static <T> List<T> orEmpty(@Nullable List<T> list) {
    return list == null ? List.of() : list;
  }

  private static void checkKeyTypes(Section section, Key<List<KeyType>> key) {
    List<KeyType> types = orEmpty(section.find(key));
    section.check(
        types.stream().map(KeyType::algorithm).distinct().count() == types.size(),
        key,
        "one kind, or one ECDSA and one RSA kind",
        "remove one");
  }

  private static ManagedCertificate certificate(Section section) {
    checkKeyTypes(section, OWN_KEY_TYPE);
    List<String> names = section.get(NAMES);
    String name = section.find(NAME);
    return new ManagedCertificate(
        name == null ? fileName(names.get(0)) : name,
        names,
        orEmpty(section.find(OWN_KEY_TYPE)),
        section.find(OWN_PROFILE));
  }

  /** A name for the API and the file system, which allows 255 characters with all that is added. */
  private static String fileName(String name) {
    String plain =
        name.replace("*.", "wildcard.").replaceAll("[^A-Za-z0-9._-]", "-").replaceAll("^-+", "");
    return plain.length() <= LONGEST_NAME
        ? plain
        : plain.substring(0, LONGEST_NAME) + "-" + Integer.toHexString(plain.hashCode());
  }

  private static String contact(String text) {
    if (!text.matches("mailto:[^@\\s,?]+@[^@\\s,?]+")) {
      throw Kinds.unfit();
    }
    return text;
  }

  private static URI directory(String text) {
    URI known = DIRECTORIES.get(text);
    if (known != null) {
      return known;
    }
    return address(text);
  }

  private static URI address(String text) {
    URI address = URI.create(text);
    boolean isLocal =
        "http".equals(address.getScheme()) && LOOPBACK.contains(String.valueOf(address.getHost()));
    if (!text.toLowerCase(Locale.ROOT).startsWith(ADDRESS) && !isLocal
        || address.getHost() == null
        || address.getUserInfo() != null) {
      throw Kinds.unfit();
    }
    return address;
  }

  private static String spell(URI directory) {
    return DIRECTORIES.entrySet().stream()
        .filter(each -> each.getValue().equals(directory))
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse(directory.toString());
  }

  private static String name(String text) {
    byte[] address = NetUtil.createByteArrayFromIpAddressString(text);
    String canonical = address == null ? null : IpText.of(address);
    if (canonical != null) {
      return canonical;
    }
    HostPattern pattern = HostPattern.parse(text);
    if (text.startsWith("**.") || !text.contains(".")) {
      throw Kinds.unfit();
    }
    return pattern.toString();
  }
}
