package io.terminator.tls.clienthello;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Readable names of the code points in a ClientHello. Not for the data path: it creates strings.
 * Thread-safe.
 */
public final class HelloNames {
  private static final int MOST = 12;

  /**
   * Code points of one kind with the names that an operator uses; the first name of a number is
   * used for output.
   */
  public enum Kind {
    VERSION(
        "TLS 1.3", 0x0304, "TLS 1.2", 0x0303, "TLS 1.1", 0x0302, "TLS 1.0", 0x0301, "SSL 3.0",
        0x0300),
    GROUP(
        "X25519MLKEM768", 0x11ec,
        "X25519", 0x001d,
        "P-256", 0x0017,
        "P-384", 0x0018,
        "P-521", 0x0019,
        "X448", 0x001e),
    CIPHER(
        "AES128-GCM-SHA256 of 1.3", 0x1301,
        "AES256-GCM-SHA384 of 1.3", 0x1302,
        "CHACHA20-POLY1305 of 1.3", 0x1303,
        "ECDHE-ECDSA-AES128-GCM-SHA256", 0xc02b,
        "ECDHE-ECDSA-AES256-GCM-SHA384", 0xc02c,
        "ECDHE-RSA-AES128-GCM-SHA256", 0xc02f,
        "ECDHE-RSA-AES256-GCM-SHA384", 0xc030,
        "ECDHE-RSA-CHACHA20-POLY1305", 0xcca8,
        "ECDHE-ECDSA-CHACHA20-POLY1305", 0xcca9,
        "ECDHE-RSA-AES128-SHA", 0xc013,
        "ECDHE-RSA-AES256-SHA", 0xc014,
        "AES128-GCM-SHA256 without ECDHE", 0x009c,
        "AES256-GCM-SHA384 without ECDHE", 0x009d,
        "AES128-SHA without ECDHE", 0x002f,
        "AES256-SHA without ECDHE", 0x0035,
        // Signalling values, not cipher suites (RFC 5746, RFC 7507).
        "renegotiation signal", 0x00ff,
        "fallback signal", 0x5600,
        // The names used by OpenSSL and the RFC.
        "TLS_AES_128_GCM_SHA256", 0x1301,
        "TLS_AES_256_GCM_SHA384", 0x1302,
        "TLS_CHACHA20_POLY1305_SHA256", 0x1303,
        "AES128-GCM-SHA256", 0x009c,
        "AES256-GCM-SHA384", 0x009d,
        "AES128-SHA", 0x002f,
        "AES256-SHA", 0x0035),
    SIGNATURE(
        "RSA-PKCS1-SHA256", 0x0401,
        "RSA-PKCS1-SHA384", 0x0501,
        "RSA-PKCS1-SHA512", 0x0601,
        "RSA-PSS-SHA256", 0x0804,
        "RSA-PSS-SHA384", 0x0805,
        "RSA-PSS-SHA512", 0x0806,
        "ECDSA-P256-SHA256", 0x0403,
        "ECDSA-P384-SHA384", 0x0503,
        "ECDSA-P521-SHA512", 0x0603,
        "Ed25519", 0x0807,
        "RSA-PKCS1-SHA1", 0x0201,
        "ECDSA-SHA1", 0x0203);

    private final Map<String, Integer> numbers = new LinkedHashMap<>();
    private final Map<Integer, String> names = new LinkedHashMap<>();

    Kind(Object... namesAndNumbers) {
      for (int i = 0; i < namesAndNumbers.length; i += 2) {
        String name = (String) namesAndNumbers[i];
        int number = (Integer) namesAndNumbers[i + 1];
        numbers.put(name, number);
        names.putIfAbsent(number, name);
      }
    }

    /** The name, or the number as {@code 0x1234} if it has no name here. */
    public String name(int number) {
      String name = names.get(number);
      return name == null ? String.format("0x%04x", number) : name;
    }

    /** The number of a name in any case, or of {@code 0x1234}. */
    public int number(String name) {
      if (name.matches("0x[0-9a-fA-F]{1,4}")) {
        return Integer.parseInt(name.substring(2), 16);
      }
      String wanted = this == VERSION && name.matches("1\\.\\d") ? "TLS " + name : name;
      for (Map.Entry<String, Integer> known : numbers.entrySet()) {
        if (known.getKey().equalsIgnoreCase(wanted)) {
          return known.getValue();
        }
      }
      throw new IllegalArgumentException("\"" + name + "\" is not known");
    }
  }

  private HelloNames() {}

  /** {@code only TLS 1.1} or {@code TLS 1.2, TLS 1.3}. */
  public static String versions(ClientHello hello) {
    return versions(
        hello.supportedVersions().length == 0
            ? new int[] {hello.legacyVersion()}
            : hello.supportedVersions());
  }

  /** The names of offered versions. */
  public static String versions(int[] offered) {
    String words = list(offered, Kind.VERSION);
    return words.contains(",") ? words : "only " + words;
  }

  public static String groups(ClientHello hello) {
    return groups(hello.groups());
  }

  /** The names of offered groups. */
  public static String groups(int[] offered) {
    return list(offered, Kind.GROUP);
  }

  public static String ciphers(ClientHello hello) {
    return list(hello.cipherSuites(), Kind.CIPHER);
  }

  public static String signatures(ClientHello hello) {
    return signatures(hello.signatureAlgorithms());
  }

  /** The names of offered signature algorithms. */
  public static String signatures(int[] offered) {
    return list(offered, Kind.SIGNATURE);
  }

  private static String list(int[] offered, Kind kind) {
    List<String> names =
        Arrays.stream(offered)
            .filter(value -> !ClientHello.isGrease(value))
            // RSA-PSS has one name for both kinds of certificates.
            .map(
                value ->
                    kind == Kind.SIGNATURE && value >= 0x0809 && value <= 0x080b
                        ? value - 5
                        : value)
            .mapToObj(kind::name)
            .distinct()
            .toList();
    if (names.isEmpty()) {
      return "none";
    }
    String first = names.stream().limit(MOST).collect(Collectors.joining(", "));
    return names.size() > MOST ? first + " and " + (names.size() - MOST) + " more" : first;
  }
}
