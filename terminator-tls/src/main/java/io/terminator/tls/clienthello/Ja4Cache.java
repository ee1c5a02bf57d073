package io.terminator.tls.clienthello;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Caches fingerprints: clients send the same hello repeatedly, and two hashes per handshake would
 * be a twentieth of its cost. Entries are compared by all inputs, not only by hash, so that no two
 * hellos are confused. Thread-safe; entries replace each other.
 */
public final class Ja4Cache {
  private static final int SIZE = 512;

  /**
   * Three times the length that browsers send; a longer hello is an attack or a test and not worth
   * caching.
   */
  private static final int MOST_VALUES = 256;

  private final AtomicReferenceArray<Entry> entries = new AtomicReferenceArray<>(SIZE);

  private record Entry(ClientHello hello, String fingerprint) {}

  public String of(ClientHello hello) {
    if (values(hello) > MOST_VALUES) {
      return Ja4.of(hello);
    }
    int slot = hash(hello) & (SIZE - 1);
    Entry entry = entries.get(slot);
    if (entry != null && isAlike(entry.hello(), hello)) {
      return entry.fingerprint();
    }
    String fingerprint = Ja4.of(hello);
    entries.set(slot, new Entry(hello, fingerprint));
    return fingerprint;
  }

  /** The number of values that an entry would keep alive. */
  private static int values(ClientHello hello) {
    return hello.cipherSuites().length
        + hello.extensions().length
        + hello.supportedVersions().length
        + hello.groups().length
        + hello.keyShares().length
        + hello.signatureAlgorithms().length;
  }

  /** Whether an entry for {@code hello} is cached. */
  boolean remembers(ClientHello hello) {
    Entry entry = entries.get(hash(hello) & (SIZE - 1));
    return entry != null && isAlike(entry.hello(), hello);
  }

  private static int hash(ClientHello hello) {
    int hash = Arrays.hashCode(hello.cipherSuites());
    hash = 31 * hash + Arrays.hashCode(hello.extensions());
    hash = 31 * hash + Arrays.hashCode(hello.signatureAlgorithms());
    hash = 31 * hash + hello.legacyVersion();
    return hash ^ hash >>> 16;
  }

  /** Whether all inputs of the fingerprint are equal. */
  private static boolean isAlike(ClientHello one, ClientHello other) {
    return one.legacyVersion() == other.legacyVersion()
        && Arrays.equals(one.cipherSuites(), other.cipherSuites())
        && Arrays.equals(one.extensions(), other.extensions())
        && Arrays.equals(one.supportedVersions(), other.supportedVersions())
        && Arrays.equals(one.signatureAlgorithms(), other.signatureAlgorithms())
        && first(one.alpn()).equals(first(other.alpn()));
  }

  private static String first(List<String> protocols) {
    return protocols.isEmpty() ? "" : protocols.get(0);
  }
}
