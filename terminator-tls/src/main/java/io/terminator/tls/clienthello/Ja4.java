package io.terminator.tls.clienthello;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * The JA4 fingerprint of a ClientHello over TCP, which identifies the client's TLS stack
 * independently of the server: ten readable characters, a hash of the cipher suites, and a hash of
 * extensions and signature algorithms. GREASE values are omitted.
 */
public final class Ja4 {
  private static final int SERVER_NAME = 0;
  private static final int ALPN = 16;
  private static final String EMPTY = "000000000000";

  private Ja4() {}

  public static String of(ClientHello hello) {
    int[] ciphers = withoutGrease(hello.cipherSuites());
    int[] extensions = withoutGrease(hello.extensions());
    String readable =
        "t"
            + version(hello)
            + (contains(hello.extensions(), SERVER_NAME) ? "d" : "i")
            + twoDigits(ciphers.length)
            + twoDigits(extensions.length)
            + alpn(hello);
    Arrays.sort(ciphers);
    int[] hashed =
        Arrays.stream(extensions)
            .filter(type -> type != SERVER_NAME && type != ALPN)
            .sorted()
            .toArray();
    int[] signatures = withoutGrease(hello.signatureAlgorithms());
    String extensionText = hex(hashed) + (signatures.length == 0 ? "" : "_" + hex(signatures));
    return readable
        + "_"
        + (ciphers.length == 0 ? EMPTY : hash(hex(ciphers)))
        + "_"
        + (hashed.length == 0 ? EMPTY : hash(extensionText));
  }

  private static String version(ClientHello hello) {
    int highest =
        Arrays.stream(withoutGrease(hello.supportedVersions())).max().orElse(hello.legacyVersion());
    return switch (highest) {
      case 0x0304 -> "13";
      case 0x0303 -> "12";
      case 0x0302 -> "11";
      case 0x0301 -> "10";
      case 0x0300 -> "s3";
      default -> "00";
    };
  }

  private static String alpn(ClientHello hello) {
    if (hello.alpn().isEmpty()) {
      return "00";
    }
    String first = hello.alpn().get(0);
    char head = first.charAt(0);
    char tail = first.charAt(first.length() - 1);
    if (isAlphanumeric(head) && isAlphanumeric(tail)) {
      return "" + head + tail;
    }
    String hex = HexFormat.of().formatHex(first.getBytes(StandardCharsets.ISO_8859_1));
    return "" + hex.charAt(0) + hex.charAt(hex.length() - 1);
  }

  private static boolean isAlphanumeric(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  }

  private static String twoDigits(int count) {
    int shown = Math.min(count, 99);
    return "" + shown / 10 + shown % 10;
  }

  private static int[] withoutGrease(int[] values) {
    return Arrays.stream(values).filter(value -> !ClientHello.isGrease(value)).toArray();
  }

  private static boolean contains(int[] values, int wanted) {
    return Arrays.stream(values).anyMatch(value -> value == wanted);
  }

  private static String hex(int[] values) {
    StringBuilder text = new StringBuilder(values.length * 5);
    for (int value : values) {
      if (text.length() > 0) {
        text.append(',');
      }
      text.append(HexFormat.of().toHexDigits((short) value));
    }
    return text.toString();
  }

  private static String hash(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.US_ASCII));
      return HexFormat.of().formatHex(digest, 0, 6);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
