package io.terminator.tls.certificate.reader;

import io.terminator.core.setting.Secret;
import org.jspecify.annotations.Nullable;

/** What opens a file: {@code file} the key store or the encrypted key, {@code key} a key in a store with a password of its own. */
record Passwords(@Nullable Secret file, @Nullable Secret key) {
  static final Passwords NONE = new Passwords(null, null);

  /** What opens the key itself. */
  @Nullable Secret ofKey() {
    return key == null ? file : key;
  }
}
