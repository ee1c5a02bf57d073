package io.terminator.tls.certificate.credential;

/**
 * One problem of a file or an upload. {@code place} names the file or upload; {@code text} states
 * what was found, what was expected and the fix. Contains neither key material nor passwords.
 */
public record CredentialProblem(Kind kind, String place, String text) {

  /** The effect on traffic. */
  public enum Severity {
    /** Not served; the version served before stays in service. */
    REFUSED,
    /** Served only if there is no better certificate. */
    LAST_RESORT,
    /** Served; an operator should check it. */
    WARNING
  }

  /** A closed set; the lower-case name is a metric label. */
  public enum Kind {
    MISSING_FILE(Severity.REFUSED),
    UNREADABLE(Severity.REFUSED),
    CYCLIC_LINK(Severity.REFUSED),
    TOO_LARGE(Severity.REFUSED),
    EMPTY(Severity.REFUSED),
    NOT_A_CERTIFICATE(Severity.REFUSED),
    /**
     * Authorities or parameters: unusable as a server's certificate, but not an error in a
     * directory.
     */
    NO_IDENTITY(Severity.REFUSED),
    TRUNCATED(Severity.REFUSED),
    MALFORMED(Severity.REFUSED),
    MISSING_CERTIFICATE(Severity.REFUSED),
    MISSING_KEY(Severity.REFUSED),
    WRONG_KEY(Severity.REFUSED),
    MISSING_PASSWORD(Severity.REFUSED),
    WRONG_PASSWORD(Severity.REFUSED),
    WEAK_KEY(Severity.REFUSED),
    UNSUPPORTED_KEY(Severity.REFUSED),
    NAME_TAKEN(Severity.REFUSED),
    TOO_MANY(Severity.REFUSED),
    STATE_UNUSABLE(Severity.REFUSED),
    /** An upload cannot have this name. */
    UPLOAD_NAME(Severity.REFUSED),
    EXPIRED(Severity.LAST_RESORT),
    NOT_YET_VALID(Severity.LAST_RESORT),
    SHA1_SIGNATURE(Severity.LAST_RESORT),
    NOT_FOR_SERVERS(Severity.LAST_RESORT),
    NOT_FOR_SIGNING(Severity.LAST_RESORT),
    PRECERTIFICATE(Severity.LAST_RESORT),
    AUTHORITY(Severity.LAST_RESORT),
    UNKNOWN_EXTENSION(Severity.LAST_RESORT),
    SELF_SIGNED_AUTHORITY(Severity.WARNING),
    CHAIN_ORDER(Severity.WARNING),
    UNRELATED_CERTIFICATE(Severity.WARNING),
    MISSING_INTERMEDIATE(Severity.WARNING),
    EXPIRED_ISSUER(Severity.WARNING),
    /** Revoked according to its issuer's OCSP response. */
    REVOKED(Severity.WARNING),
    WEAK_KEY_ALLOWED(Severity.WARNING),
    KEY_EXPOSED(Severity.WARNING),
    NO_DNS_NAME(Severity.WARNING),
    UNUSABLE_NAME(Severity.WARNING),
    SEVERAL_KEYS(Severity.WARNING),
    SAMPLE_CERTIFICATE(Severity.WARNING),
    HOST_CLAIMED_TWICE(Severity.WARNING),
    NO_CERTIFICATES(Severity.WARNING),
    /** The configured default certificate does not exist. */
    NO_DEFAULT(Severity.WARNING),
    /** A restart, or another replica, chooses another default certificate. */
    DEFAULT_UNSETTLED(Severity.WARNING),
    NOT_WATCHED(Severity.WARNING);

    private final Severity severity;

    Kind(Severity severity) {
      this.severity = severity;
    }

    public Severity severity() {
      return severity;
    }

    /** Whether clients reject such a certificate for its content, regardless of its dates. */
    public boolean isRefusedByClients() {
      return severity == Severity.LAST_RESORT && !isOfDates() || this == SELF_SIGNED_AUTHORITY;
    }

    /** Whether time alone causes or ends it. */
    public boolean isOfDates() {
      return this == EXPIRED || this == NOT_YET_VALID;
    }
  }

  public Severity severity() {
    return kind.severity();
  }

  /** Place and text, for a log line or an API response. */
  public String message() {
    return place + ": " + text;
  }

  @Override
  public String toString() {
    return message();
  }
}
