package io.terminator.tls.clienthello;

import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Collectors;

/** What a client offers, as an operator would say it: for failures alone, since it makes text. Any thread. */
public final class HelloWords {
  private static final int MOST = 12;

  private HelloWords() {}

  /** {@code only TLS 1.1} or {@code TLS 1.2, TLS 1.3}. */
  public static String versions(ClientHello hello) {
    int[] offered =
        hello.supportedVersions().length == 0
            ? new int[] {hello.legacyVersion()}
            : hello.supportedVersions();
    String words = list(offered, HelloWords::version);
    return words.contains(",") ? words : "only " + words;
  }

  public static String groups(ClientHello hello) {
    return list(hello.groups(), HelloWords::group);
  }

  public static String ciphers(ClientHello hello) {
    return list(hello.cipherSuites(), HelloWords::cipher);
  }

  public static String signatures(ClientHello hello) {
    return list(hello.signatureAlgorithms(), HelloWords::signature);
  }

  private static String list(int[] offered, IntFunction<String> name) {
    List<String> names =
        Arrays.stream(offered)
            .filter(value -> !ClientHello.isGrease(value))
            .mapToObj(name)
            .distinct()
            .toList();
    if (names.isEmpty()) {
      return "none";
    }
    String first = names.stream().limit(MOST).collect(Collectors.joining(", "));
    return names.size() > MOST ? first + " and " + (names.size() - MOST) + " more" : first;
  }

  private static String version(int value) {
    return switch (value) {
      case 0x0304 -> "TLS 1.3";
      case 0x0303 -> "TLS 1.2";
      case 0x0302 -> "TLS 1.1";
      case 0x0301 -> "TLS 1.0";
      case 0x0300 -> "SSL 3.0";
      default -> hex(value);
    };
  }

  private static String group(int value) {
    return switch (value) {
      case 0x11ec -> "X25519MLKEM768";
      case 0x001d -> "X25519";
      case 0x0017 -> "P-256";
      case 0x0018 -> "P-384";
      case 0x0019 -> "P-521";
      case 0x001e -> "X448";
      default -> hex(value);
    };
  }

  private static String cipher(int value) {
    return switch (value) {
      case 0x1301 -> "AES128-GCM-SHA256 of 1.3";
      case 0x1302 -> "AES256-GCM-SHA384 of 1.3";
      case 0x1303 -> "CHACHA20-POLY1305 of 1.3";
      case 0xc02b -> "ECDHE-ECDSA-AES128-GCM-SHA256";
      case 0xc02c -> "ECDHE-ECDSA-AES256-GCM-SHA384";
      case 0xc02f -> "ECDHE-RSA-AES128-GCM-SHA256";
      case 0xc030 -> "ECDHE-RSA-AES256-GCM-SHA384";
      case 0xcca8 -> "ECDHE-RSA-CHACHA20-POLY1305";
      case 0xcca9 -> "ECDHE-ECDSA-CHACHA20-POLY1305";
      case 0xc013 -> "ECDHE-RSA-AES128-SHA";
      case 0xc014 -> "ECDHE-RSA-AES256-SHA";
      case 0x009c -> "AES128-GCM-SHA256 without ECDHE";
      case 0x009d -> "AES256-GCM-SHA384 without ECDHE";
      case 0x002f -> "AES128-SHA without ECDHE";
      case 0x0035 -> "AES256-SHA without ECDHE";
      // A signal and no cipher suite (RFC 5746, RFC 7507).
      case 0x00ff -> "renegotiation signal";
      case 0x5600 -> "fallback signal";
      default -> hex(value);
    };
  }

  private static String signature(int value) {
    return switch (value) {
      case 0x0401 -> "RSA-PKCS1-SHA256";
      case 0x0501 -> "RSA-PKCS1-SHA384";
      case 0x0601 -> "RSA-PKCS1-SHA512";
      case 0x0804, 0x0809 -> "RSA-PSS-SHA256";
      case 0x0805, 0x080a -> "RSA-PSS-SHA384";
      case 0x0806, 0x080b -> "RSA-PSS-SHA512";
      case 0x0403 -> "ECDSA-P256-SHA256";
      case 0x0503 -> "ECDSA-P384-SHA384";
      case 0x0603 -> "ECDSA-P521-SHA512";
      case 0x0807 -> "Ed25519";
      default -> hex(value);
    };
  }

  private static String hex(int value) {
    return String.format("0x%04x", value);
  }
}
