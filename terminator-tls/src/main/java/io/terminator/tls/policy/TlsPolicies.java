package io.terminator.tls.policy;

import io.terminator.tls.engine.ClientCheck;
import io.terminator.tls.engine.TlsSettings;
import io.terminator.tls.policy.TlsPolicyConfig.Version;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The current values of the presets, combined with the operator's settings. */
public final class TlsPolicies {
  /**
   * Post-quantum first: a client without it saves a round trip compared with one that needs a
   * HelloRetryRequest.
   */
  private static final List<String> GROUPS = List.of("X25519MLKEM768", "X25519", "P-256", "P-384");

  private TlsPolicies() {}

  /**
   * {@code intermediate}, or {@code intermediate, changed} if the operator changed a part of it.
   */
  public static String label(TlsPolicyConfig policy) {
    String preset = policy.preset().name().toLowerCase(Locale.ROOT).replace('_', '-');
    boolean isChanged =
        !(policy.versions().isEmpty() && policy.groups().isEmpty() && policy.ciphers().isEmpty());
    return isChanged ? preset + ", changed" : preset;
  }

  /**
   * The values that a policy allows, from the preset where the operator has set none. Lists are in
   * order of preference.
   */
  public record Terms(
      boolean tls12, boolean tls13, List<String> ciphers, List<String> groups, List<String> alpn) {}

  /** The values that {@code policy} allows. */
  public static Terms terms(TlsPolicyConfig policy) {
    List<Version> versions =
        policy.versions().isEmpty()
            ? policy.preset().isOnly13()
                ? List.of(Version.TLS_1_3)
                : List.of(Version.TLS_1_3, Version.TLS_1_2)
            : policy.versions();
    return new Terms(
        versions.contains(Version.TLS_1_2),
        versions.contains(Version.TLS_1_3),
        policy.ciphers().isEmpty() ? TlsPolicyConfig.KNOWN_CIPHERS : policy.ciphers(),
        policy.groups().isEmpty() ? GROUPS : policy.groups(),
        policy.alpn());
  }

  /**
   * {@code clients} verifies client certificates; null requests none. {@code sessionContext}
   * separates the sessions of listeners with different trust.
   */
  public static TlsSettings settings(
      TlsPolicyConfig policy, @Nullable ClientCheck clients, String sessionContext) {
    Terms terms = terms(policy);
    return new TlsSettings(
        terms.tls12(),
        terms.tls13(),
        terms.ciphers(),
        terms.groups(),
        terms.alpn(),
        policy.compressesCertificates(),
        policy.recordSize(),
        clients,
        sessionContext);
  }
}
