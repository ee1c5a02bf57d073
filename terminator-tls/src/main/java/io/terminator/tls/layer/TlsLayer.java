package io.terminator.tls.layer;

import io.terminator.core.accept.HandshakeRateLimiter;
import io.terminator.core.chain.ByteStream;
import io.terminator.core.chain.LayerSession;
import io.terminator.core.chain.ProtocolLayer;
import io.terminator.tls.clienthello.Ja4Cache;
import org.jspecify.annotations.Nullable;

/** TLS as core's protocol layer: the ClientHello first, then whatever the decider makes of it. Immutable, any worker. */
public final class TlsLayer implements ProtocolLayer {
  private final HelloDecider decider;
  private final @Nullable HandshakeRateLimiter rateLimiter;
  private final Ja4Cache fingerprints = new Ja4Cache();

  /** With an {@code rateLimiter} full handshakes are limited. */
  public TlsLayer(HelloDecider decider, @Nullable HandshakeRateLimiter rateLimiter) {
    this.decider = decider;
    this.rateLimiter = rateLimiter;
  }

  @Override
  public LayerSession begin(ByteStream client, Runnable wake) {
    return new TlsSession(decider, rateLimiter, fingerprints, client, wake);
  }
}
