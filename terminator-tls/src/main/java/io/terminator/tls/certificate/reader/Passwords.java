package io.terminator.tls.certificate.reader;

import io.terminator.core.setting.Secret;
import org.jspecify.annotations.Nullable;

/**
 * The passwords of a file: {@code file} decrypts the key store or the encrypted key, {@code key} a
 * key that has its own password in a store.
 */
record Passwords(@Nullable Secret file, @Nullable Secret key) {
  static final Passwords NONE = new Passwords(null, null);

  /** The password of the key itself. */
  @Nullable Secret ofKey() {
    return key == null ? file : key;
  }
}
