package io.terminator.tls.client;

import io.terminator.tls.engine.ClientCheck;
import io.terminator.tls.engine.ClientVerdict;
import org.jspecify.annotations.Nullable;

/**
 * Requests the certificates that {@code candidate} would verify, and decides as {@code present}
 * does: without it, every client is let in, with any certificate or none. Any worker.
 */
public record CandidateCheck(@Nullable ClientTrust present, ClientTrust candidate)
    implements ClientCheck {

  @Override
  public boolean isRequired() {
    return present != null && present.isRequired();
  }

  @Override
  public byte[] authoritiesPem() {
    byte[] candidates = candidate.authoritiesPem();
    if (present == null || candidates.length == 0) {
      return candidates;
    }
    byte[] ours = present.authoritiesPem();
    if (ours.length == 0) {
      return ours;
    }
    byte[] both = new byte[ours.length + 1 + candidates.length];
    System.arraycopy(ours, 0, both, 0, ours.length);
    both[ours.length] = '\n';
    System.arraycopy(candidates, 0, both, ours.length + 1, candidates.length);
    return both;
  }

  @Override
  public ClientVerdict judge(byte[][] chain) {
    ClientVerdict would = candidate.judge(chain);
    // An identity that no policy in force verified must not reach the backend.
    ClientVerdict now = present == null ? new ClientVerdict(null, null) : present.judge(chain);
    return new ClientVerdict(now.refused(), now.identity(), would);
  }
}
