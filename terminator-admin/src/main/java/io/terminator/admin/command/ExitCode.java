package io.terminator.admin.command;

/** Exit codes of the commands. */
final class ExitCode {
  static final int OK = 0;

  /** Any failure that the configuration did not cause. */
  static final int FAILED = 1;

  static final int CONFIG_PROBLEMS = 2;

  private ExitCode() {}
}
