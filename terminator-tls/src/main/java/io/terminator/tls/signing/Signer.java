package io.terminator.tls.signing;

import java.security.GeneralSecurityException;

/** Signs with one private key. Thread-safe. */
public interface Signer {
  /** Signs {@code input} with {@code scheme}, a code point of RFC 8446 section 4.2.3. */
  byte[] sign(int scheme, byte[] input) throws GeneralSecurityException;
}
