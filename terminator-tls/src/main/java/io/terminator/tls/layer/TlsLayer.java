package io.terminator.tls.layer;

import io.terminator.core.accept.HandshakeRateLimiter;
import io.terminator.core.chain.ByteStream;
import io.terminator.core.chain.LayerSession;
import io.terminator.core.chain.ProtocolLayer;
import io.terminator.tls.certificate.store.CredentialSnapshot;
import io.terminator.tls.certificate.store.CredentialStore;
import io.terminator.tls.clienthello.ClientHello;
import io.terminator.tls.clienthello.Ja4Cache;
import io.terminator.tls.engine.TlsContext;
import io.terminator.tls.engine.TlsContextException;
import io.terminator.tls.judgement.Judge;
import io.terminator.tls.judgement.ListenerRules;
import io.terminator.tls.judgement.Snapshot;
import io.terminator.tls.judgement.Verdict;
import java.net.SocketAddress;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * TLS as a protocol layer of core: parse the ClientHello, judge it, and execute the verdict.
 * Thread-safe.
 */
public final class TlsLayer implements ProtocolLayer {
  private final ListenerRules rules;
  private final CredentialStore store;
  private final ListenerPolicies policies;
  private final InstantSource clock;
  private final @Nullable HandshakeRateLimiter rateLimiter;
  private final Ja4Cache fingerprints = new Ja4Cache();

  /** Replaced when the certificates change, so that a handshake does not have to create one. */
  private volatile Snapshot latest;

  /** {@code policies} are those of {@code rules}. A {@code rateLimiter} limits full handshakes. */
  public TlsLayer(
      ListenerRules rules,
      CredentialStore store,
      ListenerPolicies policies,
      InstantSource clock,
      @Nullable HandshakeRateLimiter rateLimiter) {
    this.rules = rules;
    this.store = store;
    this.policies = policies;
    this.clock = clock;
    this.rateLimiter = rateLimiter;
    this.latest = new Snapshot(rules, store.snapshot());
  }

  /** The current rules and certificates. */
  public Snapshot snapshot() {
    Snapshot known = latest;
    CredentialSnapshot published = store.snapshot();
    if (known.credentials() == published) {
      return known;
    }
    Snapshot fresh = new Snapshot(rules, published);
    latest = fresh;
    return fresh;
  }

  /** The current answer to a client at {@code client}. */
  public Verdict judge(
      ClientHello hello, SocketAddress client, @Nullable SocketAddress destination) {
    return judge(hello, client, destination, snapshot());
  }

  Verdict judge(
      ClientHello hello, SocketAddress client, @Nullable SocketAddress destination, Snapshot by) {
    return Judge.judge(hello, client, destination, by, clock.instant());
  }

  /**
   * Returns the context for {@code verdict}, which was based on {@code by}; it is retained, and the
   * caller releases it. Null if the certificates have changed in the meantime: judge again.
   */
  @Nullable TlsContext obtain(Verdict.Serve verdict, Snapshot by) throws TlsContextException {
    return policies.identities(verdict.policy()).obtain(verdict.credentials(), by.credentials());
  }

  @Override
  public LayerSession begin(ByteStream client, Runnable wake) {
    return new TlsSession(this, rateLimiter, fingerprints, client, wake);
  }
}
