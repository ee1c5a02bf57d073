package io.terminator.core.setting;

import java.net.IDN;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A pattern of host names: {@code www.example.com} alone; {@code *.example.com} for names with
 * exactly one label in front of {@code example.com} (RFC 9525 section 6.3); {@code **.example.com}
 * for names with one or more, never for {@code example.com} itself. Immutable, any thread.
 */
public final class HostPattern {
  /** What an operator can write, for a message and the reference. */
  public static final String EXPECTED =
      "a host name such as www.example.com, *.example.com for one label, or **.example.com for any"
          + " number of labels";

  private static final int MAX_NAME = 253;
  private static final int MAX_LABEL = 63;

  private enum Scope {
    EXACT(""),
    ONE_LABEL("*."),
    SUFFIX("**.");

    private final String prefix;

    Scope(String prefix) {
      this.prefix = prefix;
    }
  }

  private final Scope scope;

  /** What follows the wildcard. */
  private final String name;

  private final String text;

  private HostPattern(Scope scope, String name) {
    this.scope = scope;
    this.name = name;
    this.text = scope.prefix.isEmpty() ? name : scope.prefix + name;
  }

  /**
   * Parses any of the three forms, whatever the case of its letters.
   *
   * @throws IllegalArgumentException with what is wrong and what was expected
   */
  public static HostPattern parse(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    Scope scope = scope(lower);
    String name = lower.substring(scope.prefix.length());
    String fault = fault(scope, name);
    if (fault == null && hasDashAtEdge(name)) {
      fault = "has a label that begins or ends with \"-\"";
    }
    if (fault != null) {
      throw new IllegalArgumentException(
          "\"" + text + "\" " + fault + " (expected: " + EXPECTED + ")");
    }
    return new HostPattern(scope, name);
  }

  /**
   * A DNS name of a certificate, in ASCII: exact or with {@code *.} in front, the only forms that a
   * certificate can have. A dash may stand anywhere in a label, since such certificates exist. Null
   * where it cannot match a host.
   */
  public static @Nullable HostPattern ofCertificate(String dnsName) {
    String lower = dnsName.toLowerCase(Locale.ROOT);
    Scope scope = scope(lower);
    String name = lower.substring(scope.prefix.length());
    return scope == Scope.SUFFIX || fault(scope, name) != null
        ? null
        : new HostPattern(scope, name);
  }

  /** The text of the one-label wildcard that covers {@code host}; null for a host of one label. */
  public static @Nullable String wildcardFor(String host) {
    int dot = host.indexOf('.');
    return dot <= 0 ? null : "*" + host.substring(dot);
  }

  private static Scope scope(String lower) {
    if (lower.startsWith(Scope.SUFFIX.prefix)) {
      return Scope.SUFFIX;
    }
    return lower.startsWith(Scope.ONE_LABEL.prefix) ? Scope.ONE_LABEL : Scope.EXACT;
  }

  private static @Nullable String fault(Scope scope, String name) {
    // A host needs two more characters than what follows the wildcard.
    if (name.length() > (scope == Scope.EXACT ? MAX_NAME : MAX_NAME - 2)) {
      return "is longer than a host name of " + MAX_NAME + " characters";
    }
    int label = 0;
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c == '*') {
        return misplaced(scope, name, i);
      }
      if (c == '.') {
        if (label == 0) {
          return "has an empty label";
        }
        label = 0;
      } else if (c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_') {
        label++;
        if (label > MAX_LABEL) {
          return "has a label of more than " + MAX_LABEL + " characters";
        }
      } else {
        return "has characters that a host name cannot have" + asciiForm(scope, name);
      }
    }
    return label == 0 ? "has an empty label" : null;
  }

  /** What is wrong with a wildcard at {@code at} of what follows the prefix. */
  private static String misplaced(Scope scope, String name, int at) {
    if (scope != Scope.EXACT || name.lastIndexOf('.', at) >= 0) {
      return "has a wildcard that is not its first label";
    }
    return name.equals("*") || name.equals("**")
        ? "has nothing after its wildcard"
        : "has more than the wildcard in its first label";
  }

  /** DNS and TLS only know the form of an internationalized name that the client sends. */
  private static String asciiForm(Scope scope, String name) {
    // The JDK maps these four as IDNA 2003 does, clients do not any more.
    boolean isUnsure = name.chars().anyMatch(c -> "\u00df\u03c2\u200c\u200d".indexOf(c) >= 0);
    if (isUnsure || name.chars().allMatch(c -> c < 128)) {
      return "";
    }
    try {
      String ascii = IDN.toASCII(name, IDN.USE_STD3_ASCII_RULES);
      return "; clients send it as " + scope.prefix + ascii;
    } catch (IllegalArgumentException noName) {
      return "";
    }
  }

  private static boolean hasDashAtEdge(String name) {
    return name.startsWith("-") || name.endsWith("-") || name.contains(".-") || name.contains("-.");
  }

  public boolean isExact() {
    return scope == Scope.EXACT;
  }

  /**
   * Whether {@code host}, in lower case and without a trailing dot, is one of the names. Allocates
   * nothing.
   */
  public boolean matches(String host) {
    if (scope == Scope.EXACT) {
      return name.equals(host);
    }
    int dot = host.length() - name.length() - 1;
    return dot > 0
        && host.charAt(dot) == '.'
        && host.endsWith(name)
        && (scope == Scope.SUFFIX || host.indexOf('.') == dot);
  }

  /**
   * As {@link #matches(String)} for the host in ASCII from {@code from} to {@code to}, whatever the
   * case of its letters and with or without a trailing dot.
   */
  public boolean matches(byte[] text, int from, int to) {
    int end = to > from && text[to - 1] == '.' ? to - 1 : to;
    int start = end - name.length();
    if (start < from || !equalsAt(text, start)) {
      return false;
    }
    if (scope == Scope.EXACT) {
      return start == from;
    }
    int dot = start - 1;
    return dot > from && text[dot] == '.' && (scope == Scope.SUFFIX || !hasDot(text, from, dot));
  }

  private boolean equalsAt(byte[] text, int at) {
    for (int i = 0; i < name.length(); i++) {
      byte b = text[at + i];
      if ((b >= 'A' && b <= 'Z' ? b + ('a' - 'A') : b) != name.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private static boolean hasDot(byte[] text, int from, int to) {
    for (int i = from; i < to; i++) {
      if (text[i] == '.') {
        return true;
      }
    }
    return false;
  }

  /** As {@link #matches(String)} for any of {@code patterns}. */
  public static boolean anyMatches(List<HostPattern> patterns, String host) {
    for (HostPattern pattern : patterns) {
      if (pattern.matches(host)) {
        return true;
      }
    }
    return false;
  }

  /** Whether every name of {@code other} is one of this pattern. */
  public boolean covers(HostPattern other) {
    if (equals(other)) {
      return true;
    }
    return switch (scope) {
      case EXACT -> false;
      case ONE_LABEL -> other.isExact() && matches(other.name);
      case SUFFIX -> matches(other.name) || (!other.isExact() && name.equals(other.name));
    };
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof HostPattern pattern && pattern.text.equals(text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  /** As it is written in a configuration or a certificate, in lower case. */
  @Override
  public String toString() {
    return text;
  }
}
