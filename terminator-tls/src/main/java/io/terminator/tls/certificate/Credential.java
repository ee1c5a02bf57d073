package io.terminator.tls.certificate;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/**
 * A certificate chain, leaf first, with its private key: one answer to "who are you". {@code name} is unique among what one
 * source loads and is what operators see; {@code hosts} are the patterns it answers for, lower case, in the certificate's
 * order. Immutable; never printed with its key.
 */
public record Credential(
    String name, String source, List<X509Certificate> chain, PrivateKey key, List<String> hosts, String fingerprint) {

  public Credential {
    chain = List.copyOf(chain);
    hosts = List.copyOf(hosts);
  }

  public X509Certificate leaf() {
    return chain.get(0);
  }

  /** "RSA" or "EC": a client picks between credentials of one name by what it can verify. */
  public String algorithm() {
    return key.getAlgorithm().equals("RSA") ? "RSA" : "EC";
  }

  public Instant notBefore() {
    return leaf().getNotBefore().toInstant();
  }

  public Instant notAfter() {
    return leaf().getNotAfter().toInstant();
  }

  public boolean isValidAt(Instant when) {
    return !when.isBefore(notBefore()) && !when.isAfter(notAfter());
  }

  @Override
  public String toString() {
    return "Credential[" + name + ", " + source + ", " + hosts + ", until " + notAfter() + "]";
  }
}
