package io.terminator.testkit;

import java.math.BigInteger;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;

/**
 * The secrets that tests in this JVM created, and a check whether a text contains one of them in
 * any encoding: hexadecimal, decimal, or Base64 with line breaks anywhere. Any thread.
 */
public final class Secrecy {
  // Long enough that nothing holds it by chance, short enough for the shortest token.
  private static final int WINDOW = 16;
  private static final int BYTES = 24;
  private static final long FACTOR = 1_099_511_628_211L;
  private static final Map<Long, String> NEEDLES = new HashMap<>();

  private Secrecy() {}

  /** No text may contain the secret parts of {@code key}. */
  public static void keep(PrivateKey key) {
    if (key instanceof ECPrivateKey ec) {
      keep(ec.getS(), (ec.getParams().getOrder().bitLength() + 7) / 8);
    } else if (key instanceof RSAPrivateCrtKey rsa) {
      for (BigInteger secret :
          new BigInteger[] {rsa.getPrivateExponent(), rsa.getPrimeP(), rsa.getPrimeQ()}) {
        keep(secret, (secret.bitLength() + 7) / 8);
      }
    } else {
      throw new IllegalArgumentException("no way is known to watch a key of " + key.getAlgorithm());
    }
  }

  /**
   * No text may contain {@code secret}, which has at least 16 characters; the check searches for
   * the first ones.
   */
  public static void keep(String secret) {
    String dense = dense(secret);
    if (dense.length() < WINDOW) {
      throw new IllegalArgumentException("too short to be looked for: " + dense.length());
    }
    String needle = dense.substring(0, WINDOW);
    synchronized (NEEDLES) {
      NEEDLES.put(hash(needle, 0), needle);
    }
  }

  /** The text around a secret in {@code text}, without the secret, if it contains one. */
  public static Optional<String> foundIn(String text) {
    String dense = dense(text);
    if (dense.length() < WINDOW) {
      return Optional.empty();
    }
    long leaving = 1;
    for (int i = 1; i < WINDOW; i++) {
      leaving *= FACTOR;
    }
    synchronized (NEEDLES) {
      long hash = hash(dense, 0);
      for (int at = 0; ; at++) {
        String needle = NEEDLES.get(hash);
        if (needle != null && dense.startsWith(needle, at)) {
          return Optional.of(
              dense.substring(Math.max(0, at - 200), at)
                  + "<here>"
                  + dense.substring(
                      Math.min(dense.length(), at + 400), Math.min(dense.length(), at + 500)));
        }
        if (at + WINDOW >= dense.length()) {
          return Optional.empty();
        }
        hash = (hash - dense.charAt(at) * leaving) * FACTOR + dense.charAt(at + WINDOW);
      }
    }
  }

  private static void keep(BigInteger secret, int length) {
    keep(secret.toString());
    byte[] signed = secret.toByteArray();
    byte[] bytes = new byte[length];
    int taken = Math.min(length, signed.length);
    System.arraycopy(signed, signed.length - taken, bytes, length - taken, taken);
    keep(HexFormat.of().formatHex(bytes));
    keep(HexFormat.of().withUpperCase().formatHex(bytes));
    for (int alignment = 0; alignment < 3; alignment++) {
      keep(
          Base64.getEncoder()
              .encodeToString(Arrays.copyOfRange(bytes, alignment, alignment + BYTES)));
    }
  }

  private static long hash(String text, int from) {
    long hash = 0;
    for (int i = from; i < from + WINDOW; i++) {
      hash = hash * FACTOR + text.charAt(i);
    }
    return hash;
  }

  /**
   * Removes what may occur between the characters of a secret: white space, also as JSON encodes
   * it.
   */
  private static String dense(String text) {
    StringBuilder dense = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char at = text.charAt(i);
      if (at == '\\' && i + 1 < text.length() && "nrt".indexOf(text.charAt(i + 1)) >= 0) {
        i++;
      } else if (at > ' ' && at != ':') {
        dense.append(at);
      }
    }
    return dense.toString();
  }
}
