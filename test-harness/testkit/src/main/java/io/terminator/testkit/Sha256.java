package io.terminator.testkit;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** An incremental SHA-256 whose current value can be read at any time. Synchronized, any thread. */
public final class Sha256 {

  private final MessageDigest digest = algorithm();
  private long count;

  /** The hash of {@code bytes}, in hex. */
  public static String of(byte[] bytes) {
    return HexFormat.of().formatHex(algorithm().digest(bytes));
  }

  public synchronized void update(byte[] bytes, int offset, int length) {
    digest.update(bytes, offset, length);
    count += length;
  }

  /** Bytes so far. */
  public synchronized long count() {
    return count;
  }

  /** The hash of the bytes so far, in hex. */
  public synchronized String hex() {
    try {
      return HexFormat.of().formatHex(((MessageDigest) digest.clone()).digest());
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException("this JDK's SHA-256 cannot be read in between", e);
    }
  }

  private static MessageDigest algorithm() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
