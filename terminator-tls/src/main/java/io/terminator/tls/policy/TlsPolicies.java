package io.terminator.tls.policy;

import io.terminator.tls.engine.ClientCheck;
import io.terminator.tls.engine.TlsSettings;
import io.terminator.tls.policy.TlsPolicyConfig.Version;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What the presets mean today, and what an operator's own words make of them. */
public final class TlsPolicies {
  /** Post-quantum first: a client without it costs one round less than one that has to be asked again. */
  private static final List<String> GROUPS = List.of("X25519MLKEM768", "X25519", "P-256", "P-384");

  private TlsPolicies() {}

  /** {@code intermediate}, or {@code intermediate, changed} where an operator changed something of it. */
  public static String label(TlsPolicyConfig policy) {
    String preset = policy.preset().name().toLowerCase(Locale.ROOT).replace('_', '-');
    boolean isChanged =
        !(policy.versions().isEmpty() && policy.groups().isEmpty() && policy.ciphers().isEmpty());
    return isChanged ? preset + ", changed" : preset;
  }

  /** What a policy allows, with the preset's values where the operator wrote none. Lists are in order of preference. */
  public record Terms(
      boolean tls12, boolean tls13, List<String> ciphers, List<String> groups, List<String> alpn) {}

  /** What {@code policy} allows. */
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

  /** {@code clients} judges client certificates, null asks for none; {@code sessionContext} keeps apart the sessions of listeners that trust differently. */
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
