package io.terminator.tls.certificate.reader;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Shares parsed issuers: 100,000 leaves of one authority parse and hold its certificate once.
 * Thread-safe.
 */
final class IssuerCache {
  private static final int MOST = 1_000;

  private final ConcurrentMap<Loaded.Digest, WeakReference<ParsedCertificate>> known =
      new ConcurrentHashMap<>();

  ParsedCertificate parse(byte[] der) throws IOException {
    Loaded.Digest digest = Loaded.Digest.of(der);
    WeakReference<ParsedCertificate> reference = known.get(digest);
    ParsedCertificate same = reference == null ? null : reference.get();
    if (same != null) {
      return same;
    }
    ParsedCertificate parsed = new ParsedCertificate(der);
    if (known.size() >= MOST) {
      known.values().removeIf(old -> old.get() == null);
    }
    // With a thousand different authorities the cache no longer saves anything.
    if (known.size() < MOST) {
      known.put(digest, new WeakReference<>(parsed));
    }
    return parsed;
  }
}
