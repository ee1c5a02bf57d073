package io.terminator.tls.certificate.upload;

import io.terminator.core.setting.Secret;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.generators.SCrypt;
import org.jspecify.annotations.Nullable;

/**
 * Encrypts private keys at rest with AES-256-GCM, under a key that scrypt derives from the
 * operator's secret. A sealed key can be decrypted only together with the chain and the name that
 * it was sealed with. Thread-safe.
 */
final class KeyEncryption {
  private static final byte FORMAT = 1;
  private static final int SALT = 16;
  private static final int NONCE = 12;
  private static final int TAG_BITS = 128;

  // RFC 7914 recommends these values for interactive use: 32 MiB and 0.1 s, once per start.
  private static final int SCRYPT_N = 1 << 15;
  private static final int SCRYPT_R = 8;

  private final Secret secret;
  private final SecureRandom random = new SecureRandom();
  private final Map<String, SecretKeySpec> keys = new HashMap<>();
  private byte @Nullable [] salt;

  KeyEncryption(Secret secret) {
    this.secret = secret;
  }

  synchronized byte[] seal(byte[] key, byte[] beside) {
    byte[] own = salt;
    if (own == null) {
      own = new byte[SALT];
      random.nextBytes(own);
      salt = own;
    }
    byte[] nonce = new byte[NONCE];
    random.nextBytes(nonce);
    try {
      byte[] sealed = cipher(Cipher.ENCRYPT_MODE, own, nonce, beside).doFinal(key);
      return ByteBuffer.allocate(1 + SALT + NONCE + sealed.length)
          .put(FORMAT)
          .put(own)
          .put(nonce)
          .put(sealed)
          .array();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has AES-GCM", e);
    }
  }

  /** Returns null if the secret differs or the data was modified. */
  synchronized byte @Nullable [] open(byte[] sealed, byte[] beside) {
    if (sealed.length < 1 + SALT + NONCE + TAG_BITS / 8 || sealed[0] != FORMAT) {
      return null;
    }
    ByteBuffer parts = ByteBuffer.wrap(sealed, 1, sealed.length - 1);
    byte[] used = new byte[SALT];
    parts.get(used);
    byte[] nonce = new byte[NONCE];
    parts.get(nonce);
    byte[] content = new byte[parts.remaining()];
    parts.get(content);
    try {
      byte[] key = cipher(Cipher.DECRYPT_MODE, used, nonce, beside).doFinal(content);
      // All keys share one salt, so that one derivation suffices.
      salt = used;
      return key;
    } catch (GeneralSecurityException e) {
      return null;
    }
  }

  private Cipher cipher(int mode, byte[] used, byte[] nonce, byte[] beside)
      throws GeneralSecurityException {
    SecretKeySpec key =
        keys.computeIfAbsent(
            HexFormat.of().formatHex(used),
            hex ->
                new SecretKeySpec(
                    SCrypt.generate(
                        secret.reveal().getBytes(StandardCharsets.UTF_8),
                        used,
                        SCRYPT_N,
                        SCRYPT_R,
                        1,
                        32),
                    "AES"));
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
    cipher.updateAAD(beside);
    return cipher;
  }
}
