package io.terminator.tls.judgement;

import io.terminator.tls.clienthello.HelloNames;
import java.util.List;

/**
 * Code points of the names in a policy (RFC 8446 section 4, RFC 8422), and the signature algorithms
 * of keys.
 */
final class CodePoints {
  static final int TLS_1_2 = 0x0303;
  static final int TLS_1_3 = 0x0304;
  static final int FALLBACK_SCSV = 0x5600;

  /** All three are always enabled. */
  static final int[] TLS_1_3_SUITES = {0x1301, 0x1302, 0x1303};

  /** RFC 8446 section 4.2.3: PKCS #1 is not allowed in TLS 1.3 handshakes. */
  static final int[] RSA_1_3 = {0x0804, 0x0805, 0x0806};

  static final int[] RSA_1_2 = {0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0201};
  static final int[] ECDSA_1_2 = {0x0403, 0x0503, 0x0603, 0x0203};

  /**
   * The algorithms that a TLS 1.2 client without signature_algorithms accepts (RFC 5246 section
   * 7.4.1.4.1).
   */
  static final int[] SHA1 = {0x0201, 0x0203};

  /** BoringSSL's order of preference among the algorithms that a key can use. */
  private static final int[] SIGNING_ORDER = {
    0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0603, 0x0806, 0x0601, 0x0201, 0x0203
  };

  private CodePoints() {}

  /** The first of {@code accepted} in BoringSSL's order that is among {@code ours}; 0 for none. */
  static int signature(int[] ours, int[] accepted) {
    for (int algorithm : SIGNING_ORDER) {
      if (contains(ours, algorithm) && contains(accepted, algorithm)) {
        return algorithm;
      }
    }
    return 0;
  }

  static int[] groups(List<String> names) {
    return names.stream().mapToInt(HelloNames.Kind.GROUP::number).toArray();
  }

  /** The group of the elliptic curve with {@code bits} bits. */
  static int curve(int bits) {
    return bits == 256 ? 0x0017 : bits == 384 ? 0x0018 : 0x0019;
  }

  /** In TLS 1.3 the curve fixes the hash. */
  static int ecdsa13(int bits) {
    return bits == 256 ? 0x0403 : bits == 384 ? 0x0503 : 0x0603;
  }

  /** The TLS 1.2 suites with this {@code authentication}, ECDSA or RSA. */
  static int[] suites(List<String> names, String authentication) {
    return names.stream()
        .filter(name -> name.startsWith("ECDHE-" + authentication + "-"))
        .mapToInt(HelloNames.Kind.CIPHER::number)
        .toArray();
  }

  static boolean contains(int[] values, int wanted) {
    for (int value : values) {
      if (value == wanted) {
        return true;
      }
    }
    return false;
  }

  static boolean share(int[] ours, int[] theirs) {
    for (int value : ours) {
      if (contains(theirs, value)) {
        return true;
      }
    }
    return false;
  }
}
