package io.terminator.admin.command;

import picocli.CommandLine.IVersionProvider;

/** The answer to {@code --version}. */
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {"Terminator " + ProductVersion.text()};
  }
}
