package io.terminator.admin.config;

import io.terminator.admin.acme.AuthorityConfig;
import io.terminator.admin.acme.AuthorityConfig.ExternalAccount;
import io.terminator.admin.config.format.Key;
import io.terminator.admin.config.format.Kind;
import io.terminator.admin.config.format.Kinds;
import io.terminator.admin.config.format.Paths;
import io.terminator.admin.config.format.Quoted;
import io.terminator.admin.config.format.Reading;
import io.terminator.admin.config.format.Section;
import io.terminator.admin.config.format.Shape;
import io.terminator.core.setting.Quantity;
import io.terminator.core.setting.Secret;
import java.net.URI;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An ACME authority: its directory, and how it is trusted and told who asks. */
final class AuthorityKeys {
  private static final String ADDRESS = "https://";

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

  private static final Kind<URI> DIRECTORY_KIND =
      Kinds.parsed(
          "letsencrypt, letsencrypt-staging, or the https:// address of an ACME directory",
          null,
          AuthorityKeys::directory,
          AuthorityKeys::spell);

  static final Key<URI> DIRECTORY =
      Key.required(
          "directory",
          DIRECTORY_KIND,
          "The authority. Use letsencrypt-staging for experiments: its limits are wide, and"
              + " browsers do not trust its certificates.");

  static final Key<Path> TRUST =
      Key.absent(
          "trust",
          Paths.file(),
          "the public CAs of the Java runtime",
          "PEM file with the CA certificates that the directory's HTTPS is verified with, for a"
              + " private authority.");

  private static final Key<String> KEY_ID =
      Key.required(
          "key-id",
          Kinds.parsed("the key identifier", null, AuthorityKeys::keyId, text -> text),
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
          AuthorityKeys::externalAccount);

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

  static final Key<ExternalAccount> EXTERNAL_ACCOUNT =
      Key.absent(
          "external-account",
          EXTERNAL_ACCOUNT_SHAPE,
          "the ACME account stands for itself",
          "The account at the authority that the ACME account is bound to, if the authority demands"
              + " one.");

  /** The keys of a map that names an authority. */
  static final List<Key<?>> ALL = List.of(DIRECTORY, TRUST, EXTERNAL_ACCOUNT);

  private AuthorityKeys() {}

  /** Of a section with {@link #ALL}. */
  static AuthorityConfig authority(Section section) {
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

  /** Whether it is known to issue certificates that clients trust. */
  static boolean isProduction(AuthorityConfig authority) {
    return authority.directory().equals(DIRECTORIES.get("letsencrypt"));
  }

  /** The known staging directory of an authority; null if there is none. */
  static @Nullable AuthorityConfig staging(Section section) {
    return DIRECTORIES.containsValue(section.get(DIRECTORY))
        ? new AuthorityConfig(LETSENCRYPT_STAGING, section.find(TRUST), null)
        : null;
  }

  private static URI directory(String text) {
    URI known = DIRECTORIES.get(text);
    if (known != null) {
      return known;
    }
    return address(text);
  }

  /** Throws unless {@code text} is an address with HTTPS, or with HTTP on this machine. */
  static URI address(String text) {
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
}
