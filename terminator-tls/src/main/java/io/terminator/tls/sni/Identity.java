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
 * Who answers for a set of names under one policy: a credential for each algorithm, and the native
 * context made of them when the first client asks. Any thread; the context is built at most once at
 * a time.
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
   * The context, retained for the caller, who releases it; null when this identity was replaced
   * meanwhile and the table has to be asked again. A lock on a worker, but held for long only by
   * whoever builds it, once.
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
   * New ticket keys for a context that exists; one that does not yet takes them when it is made.
   */
  synchronized void rekey(TicketKeyRing tickets) {
    if (context != null) {
      context.setTicketKeys(tickets.keys());
    }
  }

  /** Nobody is sent here any more; the context goes with the last connection on it. */
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
