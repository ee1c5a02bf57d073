package io.terminator.tls.certificate.store;

import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.credential.KeyKind;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * The credentials for one host, one per kind of key, in the order in which BoringSSL tries them.
 * Sets of the same credentials are equal, so that hosts share a context.
 */
public record CredentialSet(List<Credential> credentials) {
  public CredentialSet {
    credentials = List.copyOf(credentials);
  }

  /** The name of the first credential, for logs. */
  public String name() {
    return credentials.get(0).name();
  }

  /** The common rank of the credentials; see {@link Credential#rank}. */
  int rank(Instant now) {
    return credentials.get(0).rank(now);
  }

  boolean has(KeyKind kind) {
    for (Credential credential : credentials) {
      if (credential.keyKind() == kind) {
        return true;
      }
    }
    return false;
  }

  /** Adds the kinds of key that this set lacks from {@code other}, which is tried after it. */
  CredentialSet completed(CredentialSet other) {
    List<Credential> more = new ArrayList<>(credentials);
    for (Credential credential : other.credentials) {
      if (!has(credential.keyKind())) {
        more.add(credential);
      }
    }
    if (more.size() == credentials.size()) {
      return this;
    }
    return new CredentialSet(more);
  }
}
