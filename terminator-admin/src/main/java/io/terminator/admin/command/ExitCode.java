package io.terminator.admin.command;

/** What a command's end says to whoever started it. */
final class ExitCode {
  static final int OK = 0;

  /** Everything that is not the configuration's fault. */
  static final int FAILED = 1;

  static final int CONFIG_PROBLEMS = 2;

  private ExitCode() {}
}
