package io.terminator.core.setting;

/** A number and what it counts, in English: {@code 1 certificate}, {@code 2 entries}. */
public final class Quantity {
  private Quantity() {}

  /**
   * {@code noun} in the singular, also with words before it, such as {@code further change}; its
   * plural has to be regular.
   */
  public static String of(long count, String noun) {
    return count + " " + (count == 1 ? noun : plural(noun));
  }

  private static String plural(String noun) {
    int length = noun.length();
    if (noun.endsWith("y") && "aeiou".indexOf(noun.charAt(length - 2)) < 0) {
      return noun.substring(0, length - 1) + "ies";
    }
    return noun.matches(".*(s|x|ch|sh)") ? noun + "es" : noun + "s";
  }
}
