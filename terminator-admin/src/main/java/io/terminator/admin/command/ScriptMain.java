package io.terminator.admin.command;

import java.util.Arrays;

/**
 * The command line as a script whose first line names the JVM, for the image, which has no shell: the kernel passes the script's
 * own path before the arguments (execve(2)).
 */
public final class ScriptMain {
  private ScriptMain() {}

  public static void main(String[] arguments) {
    Main.main(Arrays.copyOfRange(arguments, Math.min(1, arguments.length), arguments.length));
  }
}
