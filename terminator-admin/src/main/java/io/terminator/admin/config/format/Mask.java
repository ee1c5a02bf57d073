package io.terminator.admin.config.format;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Keeps the values of environment variables out of messages by replacing them with the reference in
 * the file. A second line of defence behind messages that quote a setting as written. One thread
 * while a file is read, then any thread.
 */
public final class Mask {
  /** A mask without variables. */
  public static final Mask NONE = new Mask();

  /**
   * A shorter value, such as a port or "on", is more likely to be part of the message itself: it is
   * replaced only where it is all of a quotation.
   */
  private static final int SHORTEST = 4;

  /**
   * Even this many characters of a longer value reveal too much: messages shorten their quotations.
   */
  private static final int TELLING = 8;

  private final Map<String, String> variables = new LinkedHashMap<>();

  /** {@code written} is the reference in the file, such as {@code ${NAME}}. */
  void add(String value, String written) {
    if (!value.isEmpty()) {
      variables.put(value, written);
    }
  }

  public List<Problem> hide(List<Problem> problems) {
    return variables.isEmpty() ? problems : problems.stream().map(this::hide).toList();
  }

  private Problem hide(Problem problem) {
    return new Problem(
        problem.file(),
        problem.line(),
        hide(problem.path()),
        hide(problem.finding()),
        hide(problem.expected()),
        hide(problem.remedy()));
  }

  String hide(String text) {
    List<String> values = new ArrayList<>(variables.keySet());
    values.sort(Comparator.comparingInt(String::length).reversed());
    String hidden = text;
    for (String value : values) {
      String written = variables.getOrDefault(value, "");
      hidden =
          value.length() >= SHORTEST
              ? hide(hidden, value, written)
              : hide(hidden, Quoted.of(value), Quoted.of(written));
    }
    return hidden;
  }

  private static String hide(String text, String value, String written) {
    int telling = Math.min(value.length(), TELLING);
    StringBuilder hidden = new StringBuilder();
    int at = 0;
    while (at < text.length()) {
      if (text.startsWith(written, at)) {
        hidden.append(written);
        at += written.length();
        continue;
      }
      if (!text.regionMatches(true, at, value, 0, telling)) {
        hidden.append(text.charAt(at++));
        continue;
      }
      int length = telling;
      while (length < value.length() && text.regionMatches(true, at, value, 0, length + 1)) {
        length++;
      }
      hidden.append(written);
      at += length;
    }
    return hidden.toString();
  }
}
