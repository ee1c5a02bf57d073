package io.terminator.tls.certificate;

import java.lang.ref.WeakReference;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** Lets 100,000 leaves of one authority hold its certificate once. Any thread. */
final class SharedIssuers {
  private static final int MOST = 10_000;

  private final ConcurrentMap<Loaded.Digest, WeakReference<byte[]>> known =
      new ConcurrentHashMap<>();

  /** An array with this content; nobody may change it. */
  byte[] shared(byte[] encoding) {
    Loaded.Digest digest = Loaded.Digest.of(encoding);
    WeakReference<byte[]> reference = known.get(digest);
    byte[] same = reference == null ? null : reference.get();
    if (same != null) {
      return same;
    }
    if (known.size() >= MOST) {
      known.values().removeIf(old -> old.get() == null);
    }
    known.put(digest, new WeakReference<>(encoding));
    return encoding;
  }
}
