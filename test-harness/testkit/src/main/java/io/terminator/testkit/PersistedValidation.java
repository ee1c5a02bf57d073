package io.terminator.testkit;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The authority's side of dns-persist-01 (draft-ietf-acme-dns-persist), which Debian's Pebble does
 * not have: what it says in the directory and in challenges, and whether it accepts the TXT records
 * of a name. Any thread.
 */
public final class PersistedValidation {
  private static final String ISSUER = "ca.example";
  private static final String PREFIX = "https://ca.example/account-hash/";

  private final Function<String, List<String>> zone;
  private final boolean isHashed;
  private volatile String thumbprint = "";

  /**
   * {@code zone} gives the TXT records of a name. With {@code isHashed}, as version 02 of the
   * draft; otherwise as version 01.
   */
  public PersistedValidation(Function<String, List<String>> zone, boolean isHashed) {
    this.zone = zone;
    this.isHashed = isHashed;
  }

  /** Members of the directory's {@code meta}, with a comma in front. */
  String meta() {
    return ",\"caaIdentities\":[\"%1$s\"]%2$s"
        .formatted(
            ISSUER,
            isHashed
                ? ",\"issuerDomainNames\":[\"%s\"],\"accountHashPrefix\":\"%s\""
                    .formatted(ISSUER, PREFIX)
                : "");
  }

  /** Members of a challenge, with a comma in front. */
  String challenge(String account) {
    return isHashed
        ? ",\"issuerDomainNames\":[\"" + ISSUER + "\"]"
        : ",\"issuer-domain-names\":[\"" + ISSUER + "\"],\"accounturi\":\"" + account + "\"";
  }

  /** Remembers the key in the protected header of a new account (RFC 7638 section 3). */
  void account(String header) {
    byte[] canonical =
        "{\"crv\":\"%s\",\"kty\":\"%s\",\"x\":\"%s\",\"y\":\"%s\"}"
            .formatted(
                member(header, "crv"),
                member(header, "kty"),
                member(header, "x"),
                member(header, "y"))
            .getBytes(StandardCharsets.US_ASCII);
    thumbprint = digest(canonical);
  }

  private static String member(String json, String name) {
    Matcher matcher = Pattern.compile("\"" + name + "\":\"([^\"]*)\"").matcher(json);
    return matcher.find() ? matcher.group(1) : "";
  }

  private static String digest(byte[] text) {
    try {
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString(MessageDigest.getInstance("SHA-256").digest(text));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** The record that makes {@link #accepts} true. */
  public String record(String account, String domain, boolean isWildcard) {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    text.write(domain.length());
    text.writeBytes((domain + thumbprint + account).getBytes(StandardCharsets.US_ASCII));
    return ISSUER
        + "; accounturi="
        + (isHashed ? PREFIX + "sha-256/" + digest(text.toByteArray()) : account)
        + (isWildcard ? "; policy=wildcard" : "");
  }

  /** Whether a record of {@code domain} names the account and covers what is asked for. */
  boolean accepts(String account, String domain, boolean isWildcard) {
    return zone.apply("_validation-persist." + domain).stream()
        .map(text -> text.replaceAll("; persistUntil=\\d+$", ""))
        .anyMatch(
            text ->
                text.equals(record(account, domain, true))
                    || !isWildcard && text.equals(record(account, domain, false)));
  }
}
