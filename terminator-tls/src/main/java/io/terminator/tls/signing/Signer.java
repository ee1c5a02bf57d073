package io.terminator.tls.signing;

import java.security.GeneralSecurityException;

/** Signs with one private key. Any thread. */
public interface Signer {
  /** {@code input} by {@code scheme}, a number of RFC 8446 section 4.2.3. */
  byte[] sign(int scheme, byte[] input) throws GeneralSecurityException;
}
