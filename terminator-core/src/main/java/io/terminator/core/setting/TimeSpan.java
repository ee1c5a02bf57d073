package io.terminator.core.setting;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The format of a duration in the configuration: {@code 200ms}, {@code 5s}, {@code 10m}, {@code
 * 1h}, {@code 30d}, {@code 0}.
 */
public final class TimeSpan {
  private static final Pattern SPELLING = Pattern.compile("(\\d{1,12})(ms|s|m|h|d)");
  private static final String EXPECTED = "a number with ms, s, m, h or d, such as 5s or 200ms";

  private TimeSpan() {}

  /** The exception's message states the expected format. */
  public static Duration parse(String text) {
    if (text.equals("0")) {
      return Duration.ZERO;
    }
    Matcher matcher = SPELLING.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "\"" + text + "\" is not a duration (expected: " + EXPECTED + ")");
    }
    long number = Long.parseLong(matcher.group(1));
    String unit = matcher.group(2);
    return unit.equals("ms")
        ? Duration.ofMillis(number)
        : Duration.ofSeconds(Math.multiplyExact(number, seconds(unit)));
  }

  /** The shortest text that {@link #parse} reads back. Fractions of a millisecond are dropped. */
  public static String spell(Duration duration) {
    long millis = duration.toMillis();
    if (millis == 0) {
      return "0";
    }
    for (String unit : new String[] {"d", "h", "m", "s"}) {
      long unitMillis = seconds(unit) * 1000;
      if (millis % unitMillis == 0) {
        return millis / unitMillis + unit;
      }
    }
    return millis + "ms";
  }

  private static long seconds(String unit) {
    return switch (unit) {
      case "d" -> 86_400;
      case "h" -> 3_600;
      case "m" -> 60;
      default -> 1;
    };
  }
}
