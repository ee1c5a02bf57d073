package io.terminator.core.accept;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Limits the full handshakes per second of a listener and of a source (token buckets). It is asked
 * after the ClientHello is read and before any computation for it. At that point it is not known
 * whether an offered session will be accepted, so such a client takes a token as well, may overdraw
 * the bucket by one second's worth, and gives the token back when it has resumed. An invented
 * session therefore does not evade the limit, and resumption still works while full handshakes are
 * refused. Lock-free, any worker.
 */
public final class HandshakeRateLimiter {
  private final Admission admission;
  private final AdmissionConfig.SourcePrefix prefix;
  private final int rate;
  private final int ratePerSource;

  HandshakeRateLimiter(Admission admission, AdmissionConfig config) {
    this.admission = admission;
    this.prefix = config.prefix();
    this.rate = config.total().handshakes().perSecond();
    this.ratePerSource = config.perSource().handshakes().perSecond();
  }

  /** False if a limit is exceeded; no token was taken then. */
  public boolean take(SocketAddress client, boolean offersSession) {
    long now = System.nanoTime();
    int seconds = offersSession ? 2 : 1;
    ConnectionLimiter source = source(client, now);
    // The source first: a client refused by its source's limit must not take a token from the
    // listener.
    if (source != null && !source.take(ratePerSource, seconds, now)) {
      return false;
    }
    if (!admission.handshakes().take(rate, seconds, now)) {
      if (source != null) {
        source.giveBack(ratePerSource);
      }
      return false;
    }
    return true;
  }

  /** Gives back the token of {@code client}, which did not need a full handshake. */
  public void giveBack(SocketAddress client) {
    admission.handshakes().giveBack(rate);
    ConnectionLimiter source = source(client, System.nanoTime());
    if (source != null) {
      source.giveBack(ratePerSource);
    }
  }

  private @Nullable ConnectionLimiter source(SocketAddress client, long now) {
    if (ratePerSource == 0 || !(client instanceof InetSocketAddress inet)) {
      return null;
    }
    InetAddress address = inet.getAddress();
    SourceLimiters.Opening opening = admission.handshakeSources().open(address, prefix, 0, now);
    if (opening == null) {
      return null;
    }
    // Looked up by address each time, so that a connection keeps no reference that it rarely needs
    // again.
    opening.limiter().close();
    return opening.limiter();
  }
}
