package io.terminator.tls.certificate.store;

import io.terminator.tls.certificate.credential.Credential;
import java.time.Instant;
import java.util.List;

/**
 * What answers for one host: a credential of each kind of key, in the order in which BoringSSL
 * shall try them. Equal where it holds the same credentials, so that hosts share a context.
 */
public record CredentialSet(List<Credential> credentials) {
  public CredentialSet {
    credentials = List.copyOf(credentials);
  }

  /** Of the first, for logs. */
  public String name() {
    return credentials.get(0).name();
  }

  boolean isValidAt(Instant now) {
    return credentials.get(0).isValidAt(now);
  }
}
