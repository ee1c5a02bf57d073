package io.terminator.core.accept;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * How many full handshakes a listener's clients may begin a second, asked once the ClientHello is read and before anything is
 * computed for it. Whether an offered session is accepted is not known then: such a client pays as well, may run up a debt of a
 * second's worth where others are refused, and gets back what it paid once it has resumed. So nobody gets past the limit with
 * a session that was made up, and resumption goes on while full handshakes are refused. Lock-free, any worker.
 */
public final class HandshakeAllowance {
  private final Admission admission;
  private final AdmissionConfig config;

  HandshakeAllowance(Admission admission, AdmissionConfig config) {
    this.admission = admission;
    this.config = config;
  }

  /** False: over a limit, and nothing was taken. */
  public boolean take(SocketAddress client, boolean offersSession) {
    long now = System.nanoTime();
    int seconds = offersSession ? 2 : 1;
    Quota source = source(client, now);
    // The source first: what it may not have is no loss to the others.
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
    Quota source = source(client, System.nanoTime());
    if (source != null) {
      source.giveBack(config.handshakeRatePerSource());
    }
  }

  private @Nullable Quota source(SocketAddress client, long now) {
    if (config.handshakeRatePerSource() == 0 || !(client instanceof InetSocketAddress inet)) {
      return null;
    }
    InetAddress address = inet.getAddress();
    Sources.Opening opening = admission.handshakeSources().open(address, config, 0, now);
    if (opening == null) {
      return null;
    }
    // Found by its address each time: nothing is kept for a connection that mostly never asks
    // again.
    opening.quota().close();
    return opening.quota();
  }
}
