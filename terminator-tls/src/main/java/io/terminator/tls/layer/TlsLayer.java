package io.terminator.tls.layer;

import io.terminator.core.chain.LayerSession;
import io.terminator.core.chain.ProtocolLayer;
import io.terminator.core.chain.TcpStream;
import io.terminator.tls.clienthello.Ja4Cache;

/** TLS as core's protocol layer: the ClientHello first, then whatever the decider makes of it. Immutable, any worker. */
public final class TlsLayer implements ProtocolLayer {
  private final HelloDecider decider;
  private final Ja4Cache fingerprints = new Ja4Cache();

  public TlsLayer(HelloDecider decider) {
    this.decider = decider;
  }

  @Override
  public LayerSession begin(TcpStream client, Runnable wake) {
    return new TlsSession(decider, fingerprints, client, wake);
  }
}
