package io.terminator.admin.config;

import io.terminator.admin.config.format.Key;
import io.terminator.admin.config.format.Kind;
import io.terminator.admin.config.format.Kinds;
import io.terminator.admin.config.format.Paths;
import io.terminator.admin.config.format.Section;
import io.terminator.admin.config.format.Shape;
import io.terminator.core.setting.DataSize;
import io.terminator.core.setting.Secret;
import io.terminator.tls.certificate.source.CertificatesConfig;
import io.terminator.tls.client.ClientCertificatesConfig;
import io.terminator.tls.policy.NamedPolicy;
import io.terminator.tls.policy.TlsPolicyConfig;
import io.terminator.tls.policy.TlsPolicyConfig.Preset;
import io.terminator.tls.policy.TlsPolicyConfig.Version;
import io.terminator.tls.sni.SniConfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** {@code listeners[].certificates}, {@code listeners[].tls} and {@code listeners[].sni}. */
final class TlsKeys {
  private static final Key<Path> CHAIN =
      Key.required("chain", Paths.file(), "Certificates in PEM, the server's own first.");

  private static final Key<Path> KEY =
      Key.required(
          "key",
          Paths.secretFile(),
          "The private key in PEM; may be the same file. Only the appliance's user should be able"
              + " to read it.");

  private static final Key<Secret> PASSWORD =
      Key.absent(
          "password",
          Kinds.secret(),
          "the key is not encrypted",
          "Opens an encrypted key. Never shown in messages.");

  private static final Shape<CertificatesConfig.Pair> PAIR_SHAPE =
      new Shape<>(
          "A certificate with its chain and its key.",
          List.of(CHAIN, KEY, PASSWORD),
          section ->
              new CertificatesConfig.Pair(
                  section.get(CHAIN), section.get(KEY), section.find(PASSWORD)));

  static final Kind<CertificatesConfig> CERTIFICATES_KIND =
      Kinds.either(
          Kinds.mapped(Paths.directory(), CertificatesConfig.Directory::new, Object::toString),
          Kinds.mapped(Kinds.list(PAIR_SHAPE, 1), CertificatesConfig.Pairs::new, Object::toString),
          null,
          Object::toString);

  private static final Kind<Preset> PRESET_KIND = Kinds.choice(Preset.class);

  private static final Key<Preset> PRESET =
      Key.optional(
          "preset",
          PRESET_KIND,
          TlsPolicyConfig.DEFAULT.preset(),
          "What the other keys start from.");

  private static final Key<List<Version>> VERSIONS =
      Key.absent(
          "versions",
          Kinds.distinct(Kinds.choice(List.of(Version.values()), Version::label)),
          "as the preset",
          "Versions of TLS that are spoken.");

  private static final Key<List<String>> GROUPS =
      Key.absent(
          "groups",
          Kinds.distinct(Kinds.choice(TlsPolicyConfig.KNOWN_GROUPS, name -> name)),
          "as the preset",
          "Key exchange groups, best first.");

  private static final Key<List<String>> CIPHERS =
      Key.absent(
          "ciphers",
          Kinds.distinct(Kinds.choice(TlsPolicyConfig.KNOWN_CIPHERS, name -> name)),
          "as the preset",
          "Cipher suites of TLS 1.2, best first. Those of TLS 1.3 are not a choice.");

  static final Kind<String> PROTOCOL_KIND =
      Kinds.parsed("a protocol name such as h2 or http/1.1", null, TlsKeys::protocol, name -> name);

  private static final Key<List<String>> ALPN =
      Key.absent(
          "alpn",
          Kinds.distinct(PROTOCOL_KIND),
          "none is negotiated",
          "Application protocols that the backends speak, best first.");

  private static final Key<Compression> COMPRESSION =
      Key.optional(
          "certificate-compression",
          Kinds.choice(Compression.class),
          Compression.OFF,
          "With zlib, clients of TLS 1.3 that offer it get the certificates compressed (RFC 8879),"
              + " once for all handshakes.");

  private static final Key<DataSize> RECORD_SIZE =
      Key.optional(
          "record-size",
          Kinds.size("1KiB", "16KiB"),
          new DataSize(TlsPolicyConfig.LARGEST_RECORD),
          "Most plaintext in a record that we send. Smaller ones are usable earlier on slow links"
              + " and cost more processor time.");

  private static final Key<ClientCertificatesConfig> CLIENTS =
      Key.absent(
          "client-certificates",
          ClientKeys.SHAPE,
          "no client is asked for one",
          "Who may come in by a certificate. Sessions are not resumed then.");

  private static final Shape<TlsPolicyConfig> POLICY_SHAPE =
      new Shape<>(
          "A preset and what is different here.",
          List.of(PRESET, VERSIONS, GROUPS, CIPHERS, ALPN, COMPRESSION, RECORD_SIZE, CLIENTS),
          TlsKeys::policy);

  private enum Compression {
    OFF,
    ZLIB
  }

  static final Kind<TlsPolicyConfig> POLICY_KIND =
      Kinds.either(
          Kinds.mapped(
              PRESET_KIND, TlsPolicyConfig::of, policy -> PRESET_KIND.spell(policy.preset())),
          null,
          POLICY_SHAPE,
          policy -> PRESET_KIND.spell(policy.preset()));

  private static final Key<List<String>> POLICY_NAMES =
      Key.required("sni", RouteKeys.NAMES_KIND, "Server names that the client may ask for.");

  private static final Key<TlsPolicyConfig> POLICY_TLS =
      Key.required("tls", POLICY_KIND, "As the listener's tls.");

  static final Shape<NamedPolicy> NAMED_SHAPE =
      new Shape<>(
          "A policy for some names.",
          List.of(POLICY_NAMES, POLICY_TLS),
          section -> new NamedPolicy(section.get(POLICY_NAMES), section.get(POLICY_TLS)));

  private static final Key<SniConfig.Answer> MISSING =
      Key.optional(
          "missing",
          Kinds.choice(SniConfig.Answer.class),
          SniConfig.DEFAULT.missing(),
          "A client that names no host gets the default certificate, or is rejected.");

  private static final Key<SniConfig.Answer> UNKNOWN =
      Key.optional(
          "unknown",
          Kinds.choice(SniConfig.Answer.class),
          SniConfig.DEFAULT.unknown(),
          "The same for a name that no certificate covers.");

  static final Shape<SniConfig> SNI_SHAPE =
      new Shape<>(
          "What to do without a matching name.",
          List.of(MISSING, UNKNOWN),
          section -> new SniConfig(section.get(MISSING), section.get(UNKNOWN)));

  private TlsKeys() {}

  private static TlsPolicyConfig policy(Section section) {
    List<Version> versions = orEmpty(section.find(VERSIONS));
    List<String> ciphers = orEmpty(section.find(CIPHERS));
    boolean only13 =
        versions.isEmpty() ? section.get(PRESET).isOnly13() : !versions.contains(Version.TLS_1_2);
    section.check(
        ciphers.isEmpty() || !only13,
        CIPHERS,
        "no ciphers with TLS 1.3 alone",
        "remove them, or add \"1.2\" to versions",
        VERSIONS,
        PRESET);
    return new TlsPolicyConfig(
        section.get(PRESET),
        versions,
        orEmpty(section.find(GROUPS)),
        ciphers,
        orEmpty(section.find(ALPN)),
        section.get(COMPRESSION) == Compression.ZLIB,
        (int) section.get(RECORD_SIZE).bytes(),
        section.find(CLIENTS));
  }

  private static <T> List<T> orEmpty(@Nullable List<T> list) {
    return list == null ? List.of() : list;
  }

  private static String protocol(String text) {
    int length = text.getBytes(StandardCharsets.UTF_8).length;
    if (length < 1 || length > 255 || !text.toLowerCase(Locale.ROOT).matches("[!-~]+")) {
      throw Kinds.unfit();
    }
    return text;
  }
}
