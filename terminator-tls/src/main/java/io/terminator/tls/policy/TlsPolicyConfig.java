package io.terminator.tls.policy;

import io.terminator.tls.client.ClientCertificatesConfig;
import io.terminator.tls.engine.TlsStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A preset with the operator's changes. An empty list means the preset's value, except that an
 * empty {@code alpn} means that no protocol is negotiated. Lists are in order of preference. {@code
 * recordSize} is in bytes; null {@code clients} means that no client certificate is requested.
 */
public record TlsPolicyConfig(
    Preset preset,
    List<Version> versions,
    List<String> groups,
    List<String> ciphers,
    List<String> alpn,
    boolean compressesCertificates,
    int recordSize,
    @Nullable ClientCertificatesConfig clients) {
  public static final int LARGEST_RECORD = TlsStream.LARGEST_RECORD;

  public static final TlsPolicyConfig DEFAULT = of(Preset.INTERMEDIATE);

  /** The group names allowed in the configuration, strongest first. */
  public static final List<String> KNOWN_GROUPS =
      List.of("X25519MLKEM768", "X25519", "P-256", "P-384", "P-521");

  /**
   * The TLS 1.2 cipher suite names allowed in the configuration. Those of TLS 1.3 are fixed: all
   * three are good.
   */
  public static final List<String> KNOWN_CIPHERS =
      List.of(
          "ECDHE-ECDSA-AES128-GCM-SHA256",
          "ECDHE-RSA-AES128-GCM-SHA256",
          "ECDHE-ECDSA-AES256-GCM-SHA384",
          "ECDHE-RSA-AES256-GCM-SHA384",
          "ECDHE-ECDSA-CHACHA20-POLY1305",
          "ECDHE-RSA-CHACHA20-POLY1305");

  public TlsPolicyConfig {
    versions = List.copyOf(versions);
    groups = List.copyOf(groups);
    ciphers = List.copyOf(ciphers);
    alpn = List.copyOf(alpn);
  }

  /** Without client certificates, and with the maximum record size. */
  public TlsPolicyConfig(
      Preset preset,
      List<Version> versions,
      List<String> groups,
      List<String> ciphers,
      List<String> alpn) {
    this(preset, versions, groups, ciphers, alpn, false, LARGEST_RECORD, null);
  }

  public static TlsPolicyConfig of(Preset preset) {
    return new TlsPolicyConfig(preset, List.of(), List.of(), List.of(), List.of());
  }

  /** This policy with these protocols, in order of preference. */
  public TlsPolicyConfig negotiating(List<String> protocols) {
    return new TlsPolicyConfig(
        preset, versions, groups, ciphers, protocols, compressesCertificates, recordSize, clients);
  }

  /**
   * {@code MODERN}: TLS 1.3 only. {@code INTERMEDIATE}: also TLS 1.2 with forward secrecy. Presets
   * without a date follow current best practice and may change with a release; those with a date
   * never change.
   */
  public enum Preset {
    MODERN(true),
    INTERMEDIATE(false),
    MODERN_2026_11(true),
    INTERMEDIATE_2026_11(false);

    private final boolean only13;

    Preset(boolean only13) {
      this.only13 = only13;
    }

    /** Whether only TLS 1.3 is allowed. */
    public boolean isOnly13() {
      return only13;
    }
  }

  public enum Version {
    TLS_1_2("1.2"),
    TLS_1_3("1.3");

    private final String label;

    Version(String label) {
      this.label = label;
    }

    /** The name in the configuration. */
    public String label() {
      return label;
    }
  }
}
