package io.terminator.core.setting;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A number of bytes as written in the configuration: {@code 256KiB}, {@code 1MiB}, {@code 4096}.
 * Never negative.
 */
public record DataSize(long bytes) {
  private static final Pattern SPELLING = Pattern.compile("(\\d{1,15})\\s*(B|KiB|MiB|GiB|TiB)?");

  public DataSize {
    if (bytes < 0) {
      throw new IllegalArgumentException(
          "a size below zero: " + bytes + " (expected: 0 or more bytes)");
    }
  }

  public static DataSize ofKiB(long kib) {
    return new DataSize(Math.multiplyExact(kib, 1024L));
  }

  public static DataSize ofMiB(long mib) {
    return new DataSize(Math.multiplyExact(mib, 1024L * 1024));
  }

  /** Parses this format. The exception's message states the expected format. */
  public static DataSize parse(String text) {
    Matcher matcher = SPELLING.matcher(text.strip());
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "\""
              + text
              + "\" is not a size (expected: a number with B, KiB, MiB or GiB, such as 256KiB)");
    }
    String unit = matcher.group(2);
    int shift =
        unit == null
            ? 0
            : switch (unit) {
              case "KiB" -> 10;
              case "MiB" -> 20;
              case "GiB" -> 30;
              case "TiB" -> 40;
              default -> 0;
            };
    long number = Long.parseLong(matcher.group(1));
    if (number > Long.MAX_VALUE >> shift) {
      throw new IllegalArgumentException("\"" + text + "\" is too large (expected: below 8 EiB)");
    }
    return new DataSize(number << shift);
  }

  @Override
  public String toString() {
    String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
    long value = bytes;
    int unit = 0;
    while (value != 0 && value % 1024 == 0 && unit < units.length - 1) {
      value /= 1024;
      unit++;
    }
    return value + units[unit];
  }
}
