package io.terminator.tls.failure;

import io.terminator.core.phase.Blame;

/** The backend's settings do not trust the server's certificate. */
public record ServerRefused(String cause) implements TlsFailure {
  @Override
  public String label() {
    return "backend_untrusted";
  }

  @Override
  public Blame blame() {
    return Blame.BACKEND;
  }

  @Override
  public String fix() {
    return "add the server's CA to the backend's tls.ca, or set tls.name to a name of its certificate";
  }
}
