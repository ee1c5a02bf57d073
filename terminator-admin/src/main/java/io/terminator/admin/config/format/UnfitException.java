package io.terminator.admin.config.format;

/** The text is not as the kind expects; the message is the remedy, often empty. */
final class UnfitException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  UnfitException(String remedy) {
    super(remedy, null);
  }
}
