package io.terminator.admin.config.format;

/**
 * One problem of a file, worded for the operator. {@code path} is empty and {@code line} 0 for the
 * file as a whole; {@code remedy} may be empty if the expectation suffices.
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
