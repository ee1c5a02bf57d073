package io.terminator.admin.config.format;

/**
 * One thing that is wrong with a file, in the words an operator needs at night. {@code path} is
 * empty and {@code line} 0 for the file as a whole; {@code remedy} may be empty when the
 * expectation says all.
 */
public record Problem(
    String file, int line, String path, String finding, String expected, String remedy) {

  /** One line: {@code file:line path: finding; expected ...; remedy}. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(file);
    if (line > 0) {
      text.append(':').append(line);
    }
    if (!path.isEmpty()) {
      text.append(' ').append(path);
    }
    text.append(": ").append(finding);
    if (!expected.isEmpty()) {
      text.append("; expected ").append(expected);
    }
    if (!remedy.isEmpty()) {
      text.append("; ").append(remedy);
    }
    return text.toString();
  }
}
