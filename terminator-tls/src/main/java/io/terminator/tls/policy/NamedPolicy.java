package io.terminator.tls.policy;

import io.terminator.core.setting.HostPattern;
import io.terminator.tls.certificate.source.CertificatesConfig;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A policy for clients that ask for certain names; without {@code sni} for all clients, also those
 * that name no server. {@code name} identifies it within its listener. {@code certificates} replace
 * those of the listener; null keeps them. {@code canary} is not null in canary mode. Immutable.
 */
public record NamedPolicy(
    String name,
    List<HostPattern> sni,
    TlsPolicyConfig tls,
    @Nullable CertificatesConfig certificates,
    Mode mode,
    @Nullable CanaryConfig canary) {
  /** What a policy does. */
  public enum Mode {
    /** It serves its clients. */
    ENFORCE,
    /** It judges its clients, which are served as if it were not there. */
    REPORT,
    /** It serves some of its clients; the others are served as if it were not there. */
    CANARY,
    /** It has no effect. */
    OFF
  }

  public NamedPolicy {
    sni = List.copyOf(sni);
  }

  /** Enforced, with the name that it has if none is written, and the listener's certificates. */
  public NamedPolicy(List<HostPattern> sni, TlsPolicyConfig tls) {
    this(nameOf(sni), sni, tls, null, Mode.ENFORCE, null);
  }

  /** The name of a policy without a written one: its first server name. */
  public static String nameOf(List<HostPattern> sni) {
    if (sni.isEmpty()) {
      return "all";
    }
    String first = sni.get(0).toString();
    return first.startsWith("**.")
        ? "subdomains." + first.substring(3)
        : first.startsWith("*.") ? "wildcard." + first.substring(2) : first;
  }

  /** This policy in another mode. */
  public NamedPolicy in(Mode other) {
    return new NamedPolicy(name, sni, tls, certificates, other, canary);
  }

  /** This policy with other terms. */
  public NamedPolicy with(TlsPolicyConfig terms) {
    return new NamedPolicy(name, sni, terms, certificates, mode, canary);
  }

  /**
   * {@code server} is in lower case, without a trailing dot; null where the client named no server.
   */
  public boolean isFor(@Nullable String server) {
    return sni.isEmpty() || server != null && HostPattern.anyMatches(sni, server);
  }
}
