package io.terminator.tls.sni;

import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.credential.KeyKind;
import io.terminator.tls.certificate.store.CredentialSet;
import io.terminator.tls.engine.BoringSsl;
import io.terminator.tls.engine.KeyPair;
import io.terminator.tls.engine.TlsContext;
import io.terminator.tls.engine.TlsContextException;
import io.terminator.tls.engine.TlsSettings;
import io.terminator.tls.ocsp.Staples;
import io.terminator.tls.signing.RsaSigning;
import io.terminator.tls.ticket.TicketKeyRing;
import org.jspecify.annotations.Nullable;

/**
 * The credentials for a set of names under one policy, one per algorithm, and their native context,
 * which is created for the first client. Thread-safe; the context is built at most once at a time.
 */
final class Identity {
  private final CredentialSet credentials;
  private final TlsSettings settings;
  private @Nullable TlsContext context;
  private boolean retired;

  Identity(CredentialSet credentials, TlsSettings settings) {
    this.credentials = credentials;
    this.settings = settings;
  }

  /**
   * Returns the context, which is retained and which the caller releases; null if this identity was
   * replaced in the meantime and the table must be read again. Takes a lock on a worker, which is
   * held for long only during the single build.
   */
  synchronized @Nullable TlsContext obtain(
      BoringSsl library, TicketKeyRing tickets, Staples staples) throws TlsContextException {
    if (retired) {
      return null;
    }
    TlsContext there = context;
    if (there == null) {
      there =
          TlsContext.make(
              library,
              settings,
              credentials.credentials().stream()
                  .map(credential -> pair(library.rsaSigning(), credential, staples))
                  .toList(),
              tickets.keys());
      context = there;
    }
    return there.tryRetain() ? there : null;
  }

  /**
   * Sets new ticket keys in an existing context; a context created later takes them from the ring.
   */
  synchronized void rekey(TicketKeyRing tickets) {
    if (context != null) {
      context.setTicketKeys(tickets.keys());
    }
  }

  /** No new clients are sent here; the context is freed with its last connection. */
  synchronized void retire() {
    retired = true;
    if (context != null) {
      context.release();
      context = null;
    }
  }

  private static KeyPair pair(RsaSigning rsa, Credential credential, Staples staples) {
    staples.want(credential);
    byte[] key = credential.pemKey();
    return new KeyPair(
        credential.pemChain(),
        key,
        staples.find(credential),
        credential.keyKind() == KeyKind.RSA ? rsa.signer(key) : null);
  }
}
