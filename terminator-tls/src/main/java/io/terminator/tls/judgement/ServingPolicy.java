package io.terminator.tls.judgement;

import io.terminator.core.setting.HostPattern;
import io.terminator.tls.policy.NamedPolicy;
import io.terminator.tls.policy.TlsPolicies;
import io.terminator.tls.policy.TlsPolicyConfig;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One TLS policy of a listener in the form that is compared with a ClientHello. Immutable and
 * thread-safe.
 */
public final class ServingPolicy {
  private final int index;
  private final @Nullable NamedPolicy named;
  private final String label;
  private final TlsPolicies.Terms terms;
  private final int[] groups;
  private final int[] groups12;
  private final int[] ecdsaSuites;
  private final int[] rsaSuites;

  /**
   * If {@code named} is null, the policy applies to all other names; {@code index} is its position
   * in the listener's list.
   */
  public ServingPolicy(int index, @Nullable NamedPolicy named, TlsPolicyConfig config) {
    this.index = index;
    this.named = named;
    this.label = (named == null ? "" : names(named) + ": ") + TlsPolicies.label(config);
    this.terms = TlsPolicies.terms(config);
    this.groups = CodePoints.groups(terms.groups());
    // Hybrid key exchange exists only in TLS 1.3.
    this.groups12 =
        CodePoints.groups(
            terms.groups().stream().filter(name -> !name.equals("X25519MLKEM768")).toList());
    this.ecdsaSuites = CodePoints.suites(terms.ciphers(), "ECDSA");
    this.rsaSuites = CodePoints.suites(terms.ciphers(), "RSA");
  }

  private static String names(NamedPolicy named) {
    return named.sni().isEmpty()
        ? "every name"
        : named.sni().stream().map(HostPattern::toString).collect(Collectors.joining(" "));
  }

  /** The configured policy; null for the one that applies to all other names. */
  public @Nullable NamedPolicy named() {
    return named;
  }

  public int index() {
    return index;
  }

  /** The label for operators: names, preset, and whether the preset was changed. */
  public String label() {
    return label;
  }

  public TlsPolicies.Terms terms() {
    return terms;
  }

  boolean isFor(@Nullable String serverName) {
    return named != null && named.isFor(serverName);
  }

  int[] groups(int version) {
    return version == CodePoints.TLS_1_3 ? groups : groups12;
  }

  int[] ecdsaSuites() {
    return ecdsaSuites;
  }

  int[] rsaSuites() {
    return rsaSuites;
  }

  /** {@code TLS 1.2}, {@code TLS 1.3} or {@code TLS 1.2 and 1.3}. */
  public String versions() {
    return "TLS " + (terms.tls12() ? terms.tls13() ? "1.2 and 1.3" : "1.2" : "1.3");
  }
}
