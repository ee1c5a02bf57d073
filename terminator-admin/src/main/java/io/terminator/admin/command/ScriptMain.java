package io.terminator.admin.command;

import java.util.Arrays;

/**
 * The command line as a script whose first line names the JVM. For the container image, which has
 * no shell: the kernel passes the path of the script before the arguments (execve(2)).
 */
public final class ScriptMain {
  private ScriptMain() {}

  public static void main(String[] arguments) {
    Main.main(Arrays.copyOfRange(arguments, Math.min(1, arguments.length), arguments.length));
  }
}
