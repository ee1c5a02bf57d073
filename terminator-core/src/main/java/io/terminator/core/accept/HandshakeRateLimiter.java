package io.terminator.core.accept;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Limits the full handshakes per second of a listener and of a source (token buckets), asked once the ClientHello is read and
 * before anything is computed for it. Whether an offered session will be accepted is not known then: such a client takes a token as well, may overdraw the bucket by one
 * second's worth, and gives the token back once it has resumed. So a made-up session does not evade the limit, and resumption
 * still works while full handshakes are refused. Lock-free, any worker.
 */
public final class HandshakeRateLimiter {
  private final Admission admission;
  private final AdmissionConfig config;

  HandshakeRateLimiter(Admission admission, AdmissionConfig config) {
    this.admission = admission;
    this.config = config;
  }

  /** False: over a limit, and nothing was taken. */
  public boolean take(SocketAddress client, boolean offersSession) {
    long now = System.nanoTime();
    int seconds = offersSession ? 2 : 1;
    ConnectionLimiter source = source(client, now);
    // The source first: a token that it is refused must not be taken from the others.
    if (source != null && !source.take(config.handshakeRatePerSource(), seconds, now)) {
      return false;
    }
    if (!admission.handshakes().take(config.handshakeRate(), seconds, now)) {
      if (source != null) {
        source.giveBack(config.handshakeRatePerSource());
      }
      return false;
    }
    return true;
  }

  /** What {@code client} took was not for a full handshake after all. */
  public void giveBack(SocketAddress client) {
    admission.handshakes().giveBack(config.handshakeRate());
    ConnectionLimiter source = source(client, System.nanoTime());
    if (source != null) {
      source.giveBack(config.handshakeRatePerSource());
    }
  }

  private @Nullable ConnectionLimiter source(SocketAddress client, long now) {
    if (config.handshakeRatePerSource() == 0 || !(client instanceof InetSocketAddress inet)) {
      return null;
    }
    InetAddress address = inet.getAddress();
    SourceLimiters.Opening opening = admission.handshakeSources().open(address, config, 0, now);
    if (opening == null) {
      return null;
    }
    // Found by its address each time: nothing is kept for a connection that mostly never asks
    // again.
    opening.limiter().close();
    return opening.limiter();
  }
}
