package io.terminator.tls.sni;

/** One answer per question: a ClientHello with no name, and one with a name that no certificate covers. */
public record SniConfig(Answer missing, Answer unknown) {
  public static final SniConfig DEFAULT = new SniConfig(Answer.DEFAULT, Answer.DEFAULT);

  /** The listener's default certificate, or a fatal {@code unrecognized_name} alert. */
  public enum Answer {
    DEFAULT,
    REJECT
  }
}
