package io.terminator.core.chain;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whom a client's certificate, which was verified, says it is. {@code subject} is a distinguished name as RFC 2253 writes
 * it, {@code names} are the subject's alternative names, {@code fingerprint} is SHA-256 in lower case hex of {@code der}, which
 * nobody changes.
 */
public record ClientIdentity(
    String subject,
    @Nullable String commonName,
    List<String> names,
    String fingerprint,
    byte[] der) {
  public ClientIdentity {
    names = List.copyOf(names);
  }
}
