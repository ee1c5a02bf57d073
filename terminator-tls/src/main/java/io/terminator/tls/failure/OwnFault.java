package io.terminator.tls.failure;

import io.terminator.core.phase.Blame;

/** Terminator or BoringSSL failed, or a resource was exhausted; not caused by the peer. */
public record OwnFault(String cause) implements TlsFailure {
  @Override
  public String label() {
    return "other";
  }

  @Override
  public Blame blame() {
    return Blame.US;
  }

  @Override
  public String fix() {
    return "report it if it recurs";
  }
}
