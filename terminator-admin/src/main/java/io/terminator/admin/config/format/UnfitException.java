package io.terminator.admin.config.format;

/** The text does not match the kind. The message is the remedy, often empty. */
final class UnfitException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  UnfitException(String remedy) {
    super(remedy, null);
  }
}
