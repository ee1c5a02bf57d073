package io.terminator.tls.certificate.source;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A certificate that is ordered and renewed by itself. {@code names} are DNS names in lower case as
 * A-labels, which may begin with {@code *.}, and IP addresses; at least one. One certificate is
 * ordered for each of {@code keyTypes}; empty means the configured default. A null {@code profile}
 * means the configured one.
 */
public record ManagedCertificate(
    String name, List<String> names, List<KeyType> keyTypes, @Nullable String profile) {
  private static final char KIND = '~';

  public ManagedCertificate {
    names = List.copyOf(names);
    keyTypes = List.copyOf(keyTypes);
  }

  /** The kinds of keys that a certificate can be ordered for. */
  public enum KeyType {
    ECDSA_P256("EC", 256),
    ECDSA_P384("EC", 384),
    RSA_2048("RSA", 2048),
    RSA_3072("RSA", 3072),
    RSA_4096("RSA", 4096);

    private final String algorithm;
    private final int bits;

    KeyType(String algorithm, int bits) {
      this.algorithm = algorithm;
      this.bits = bits;
    }

    /** EC or RSA. */
    public String algorithm() {
      return algorithm;
    }

    /** The size of the curve or of the modulus. */
    public int bits() {
      return bits;
    }
  }

  /**
   * The name of the stored certificate with a key of {@code type}; the first of several keeps the
   * name of the certificate.
   */
  public String storedName(KeyType type, boolean isFirst) {
    return isFirst ? name : name + KIND + type.algorithm().toLowerCase(Locale.ROOT);
  }

  /** Whether {@code name}, one of {@link #names}, is an IP address. */
  public static boolean isAddress(String name) {
    return name.indexOf(':') >= 0 || name.matches("[0-9.]+");
  }

  /** Whether {@code stored} is the name of a stored certificate of this one. */
  public boolean owns(String stored) {
    return stored.equals(name)
        || stored.length() > name.length()
            && stored.startsWith(name)
            && stored.charAt(name.length()) == KIND;
  }
}
