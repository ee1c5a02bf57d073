package io.terminator.tls.certificate;

/**
 * Why a certificate or key can't be used ({@code usable} false), or should be looked at though it is. {@code text} names the
 * file, what is wrong, what was expected and the way out; never key material or a password.
 */
public record CredentialProblem(Kind kind, String source, String text) {

  /** A closed set; the label in metrics and the API. */
  public enum Kind {
    UNREADABLE(false),
    TOO_LARGE(false),
    EMPTY(false),
    NOT_PEM(false),
    TRUNCATED(false),
    NO_CERTIFICATE(false),
    NO_KEY(false),
    BAD_CERTIFICATE(false),
    BAD_KEY(false),
    KEY_ENCRYPTED(false),
    WRONG_PASSWORD(false),
    WRONG_KEY(false),
    WEAK_KEY(false),
    EXPIRED(true),
    NOT_YET_VALID(true),
    CHAIN_UNORDERED(true),
    CHAIN_INCOMPLETE(true),
    WEAK_SIGNATURE(true),
    NO_NAMES(true),
    KEY_READABLE_BY_OTHERS(true),
    SAMPLE(true),
    /** Another credential answers for one of its names. */
    SHADOWED(true),
    TOO_MANY_FILES(true);

    private final boolean usable;

    Kind(boolean usable) {
      this.usable = usable;
    }

    /** Whether the credential still serves. */
    public boolean isUsable() {
      return usable;
    }
  }

  @Override
  public String toString() {
    return source + ": " + text;
  }
}
