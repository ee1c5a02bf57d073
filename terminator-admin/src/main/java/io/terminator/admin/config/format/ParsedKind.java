package io.terminator.admin.config.format;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Text that a parser converts to a value. The parser of a {@code template} gets it with the
 * variables that are not of the environment.
 */
record ParsedKind<T>(
    Form form, Function<String, T> parser, Function<T, String> speller, boolean template)
    implements Kind<T> {
  ParsedKind(Form form, Function<String, T> parser, Function<T, String> speller) {
    this(form, parser, speller, false);
  }

  @Override
  public @Nullable T read(Value value) {
    String text = template ? value.template(form) : value.text(form);
    if (text == null) {
      return null;
    }
    try {
      return parser.apply(text);
    } catch (UnfitException unfit) {
      value.wrong(
          value.finding(text),
          form.expected(),
          value.isAsWritten(text) ? String.valueOf(unfit.getMessage()) : "");
    } catch (IllegalArgumentException | ArithmeticException unreadable) {
      value.wrong(
          value.finding(text) + (value.isAsWritten(text) ? reason(unreadable) : ""),
          form.expected(),
          "");
    }
    return null;
  }

  @Override
  public String spell(T value) {
    return speller.apply(value);
  }

  /**
   * The part of a core parser's message after its own quotation: {@code "x" is not a size
   * (expected: ...)}.
   */
  private static String reason(RuntimeException unreadable) {
    String message = String.valueOf(unreadable.getMessage());
    int from = message.startsWith("\"") ? message.lastIndexOf("\" ") + 1 : -1;
    int to = message.indexOf(" (expected");
    if (from >= 1 && to > from) {
      return message.substring(from, to);
    }
    return to > 0 && from < 0 ? ": " + message.substring(0, to) : "";
  }
}
