package io.terminator.admin.acme;

import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.source.ManagedCertificate;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the TXT records for dns-persist-01 of one account say (draft-ietf-acme-dns-persist). {@code
 * issuers} are the names of the authority, the preferred one first. With a {@code hashPrefix}, the
 * authority wants the account as a hash over domain, key and address (version 02 of the draft),
 * otherwise as its address. Pure.
 */
record PersistTerms(
    List<String> issuers, @Nullable String hashPrefix, String account, String thumbprint) {
  private static final String LABEL = "_validation-persist.";

  /** Stands for every domain in the hash. */
  private static final String ANY = "*";

  PersistTerms {
    issuers = List.copyOf(issuers);
  }

  /** The name of the records for {@code domain}. */
  static String place(String domain) {
    return LABEL + domain;
  }

  /** The record to set; {@code until} is when the authority stops accepting it. */
  PersistentRecord record(String domain, boolean isForWildcard, @Nullable Instant until) {
    return new PersistentRecord(
        place(domain),
        issuers.get(0)
            + "; accounturi="
            + accountUri(domain)
            + (isForWildcard ? "; policy=wildcard" : "")
            + (until == null ? "" : "; persistUntil=" + until.getEpochSecond()));
  }

  /** The records for all names of {@code targets}; addresses have none. */
  List<PersistentRecord> records(List<Target> targets, @Nullable Instant until) {
    if (issuers.isEmpty()) {
      return List.of();
    }
    TreeMap<String, Boolean> domains = new TreeMap<>();
    for (Target target : targets) {
      for (String name : target.names()) {
        if (!ManagedCertificate.isAddress(name)) {
          boolean isWildcard = name.startsWith("*.");
          domains.merge(isWildcard ? name.substring(2) : name, isWildcard, Boolean::logicalOr);
        }
      }
    }
    return domains.entrySet().stream()
        .map(each -> record(each.getKey(), each.getValue(), until))
        .toList();
  }

  private String accountUri(String domain) {
    if (hashPrefix == null) {
      return account;
    }
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    text.write(domain.length());
    text.writeBytes((domain + thumbprint + account).getBytes(StandardCharsets.US_ASCII));
    return hashPrefix
        + "sha-256/"
        + Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString(Credential.sha256(text.toByteArray()));
  }

  /**
   * Why none of the TXT records {@code texts} of {@code domain} lets the authority validate it;
   * null if one does.
   */
  @Nullable String fault(String domain, boolean isForWildcard, List<String> texts, Instant now) {
    List<String> faults = new ArrayList<>();
    for (String text : texts) {
      Parsed parsed = Parsed.of(text);
      if (parsed == null || !issuers.contains(parsed.issuer())) {
        continue;
      }
      String fault = fault(domain, isForWildcard, parsed, now);
      if (fault == null) {
        return null;
      }
      faults.add(fault);
    }
    if (!faults.isEmpty()) {
      return "the TXT record of " + place(domain) + " " + String.join("; another one ", faults);
    }
    return texts.isEmpty()
        ? place(domain) + " has no TXT record"
        : "none of the TXT records of " + place(domain) + " begins with " + issuers;
  }

  private @Nullable String fault(String domain, boolean isForWildcard, Parsed parsed, Instant now) {
    String named = parsed.parameters().get("accounturi");
    if (named == null) {
      return "names no account";
    }
    if (!named.equals(accountUri(domain)) && !named.equals(accountUri(ANY))) {
      return "names another account, " + named;
    }
    if (isForWildcard && !"wildcard".equalsIgnoreCase(parsed.parameters().get("policy"))) {
      return "lacks policy=wildcard";
    }
    String until = parsed.parameters().get("persistuntil");
    try {
      if (until != null && !Instant.ofEpochSecond(Long.parseLong(until)).isAfter(now)) {
        return "expired at " + Instant.ofEpochSecond(Long.parseLong(until));
      }
    } catch (RuntimeException notATime) {
      return "has an unreadable persistUntil, \"" + until + "\"";
    }
    return null;
  }

  /** An issue-value (RFC 8659 section 4.2); the tags are in lower case. */
  private record Parsed(String issuer, TreeMap<String, String> parameters) {

    /** Null if it is not one. */
    static @Nullable Parsed of(String text) {
      String[] parts = text.split(";", -1);
      TreeMap<String, String> parameters = new TreeMap<>();
      for (int i = 1; i < parts.length; i++) {
        String part = parts[i].strip();
        int equals = part.indexOf('=');
        if (part.isEmpty() && i == parts.length - 1) {
          continue;
        }
        if (equals <= 0
            || parameters.put(
                    part.substring(0, equals).strip().toLowerCase(Locale.ROOT),
                    part.substring(equals + 1).strip())
                != null) {
          return null;
        }
      }
      return new Parsed(parts[0].strip().toLowerCase(Locale.ROOT), parameters);
    }
  }
}
