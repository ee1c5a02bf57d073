package io.terminator.admin.config.format;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Expands {@code ${NAME}} and {@code ${NAME:-default}} within a value. As in a shell, the default also applies to an
 * empty variable. {@code $${} is a literal {@code ${}.
 */
final class Expansion {
  private static final Pattern MARK = Pattern.compile("\\$\\$\\{|\\$\\{([^}]*)}|\\$\\{");
  private static final Pattern INSIDE =
      Pattern.compile("([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?", Pattern.DOTALL);

  private Expansion() {}

  /** Returns null after a problem. */
  static @Nullable String expand(String text, Reading reading, Place place) {
    return expand(text, reading, place, false);
  }

  /**
   * As above. In a {@code template}, names with a dot are not variables of the environment: they
   * remain, with {@code $${} as the mark of a literal {@code ${}, for the parser of the value.
   */
  static @Nullable String expand(String text, Reading reading, Place place, boolean template) {
    if (text.indexOf("${") < 0) {
      return text;
    }
    boolean whole = true;
    StringBuilder expanded = new StringBuilder();
    Matcher mark = MARK.matcher(text);
    while (mark.find()) {
      String replacement = template ? "$${" : "${";
      if (template && isOfTemplate(mark.group(1))) {
        replacement = mark.group();
      } else if (!mark.group().equals("$${")) {
        String found = variable(mark, reading, place);
        whole &= found != null;
        // Text from the environment is not a template.
        replacement = found == null ? "" : template ? found.replace("${", "$${") : found;
      }
      mark.appendReplacement(expanded, Matcher.quoteReplacement(replacement));
    }
    mark.appendTail(expanded);
    return whole ? expanded.toString() : null;
  }

  private static boolean isOfTemplate(@Nullable String inside) {
    return inside != null && inside.matches("[a-z0-9-]+(\\.[a-z0-9-]+)+");
  }

  private static @Nullable String variable(Matcher mark, Reading reading, Place place) {
    String inside = mark.group(1);
    Matcher parts = inside == null ? null : INSIDE.matcher(inside);
    if (parts == null || !parts.matches()) {
      reading.problem(
          place,
          Quoted.of(mark.group()) + " is not a variable",
          "${NAME} or ${NAME:-default}",
          "write $${ for a plain ${");
      return null;
    }
    if (!reading.mayUseVariable(parts.group(1))) {
      reading.problem(
          place,
          "the running configuration has no " + parts.group(1),
          "a variable that the running configuration names",
          "check it where it runs: terminator check --config FILE");
      return null;
    }
    String value = reading.variable(parts.group(1), mark.group());
    String fallback = parts.group(2);
    if (fallback != null && (value == null || value.isEmpty())) {
      return fallback;
    }
    if (value == null) {
      reading.problem(
          place,
          "the environment has no " + parts.group(1),
          "a value for " + mark.group(),
          "set the variable, or give a default: ${" + parts.group(1) + ":-default}");
    }
    return value;
  }
}
