package io.terminator.admin.config;

import io.terminator.admin.config.format.Key;
import io.terminator.admin.config.format.Kind;
import io.terminator.admin.config.format.Kinds;
import io.terminator.admin.config.format.Paths;
import io.terminator.admin.config.format.Reading;
import io.terminator.admin.config.format.Section;
import io.terminator.admin.config.format.Shape;
import io.terminator.core.setting.Cidr;
import io.terminator.core.setting.DataSize;
import io.terminator.core.setting.HostPattern;
import io.terminator.core.setting.Secret;
import io.terminator.tls.certificate.credential.ConfiguredName;
import io.terminator.tls.certificate.source.CertificatesConfig;
import io.terminator.tls.certificate.source.ManagedCertificate;
import io.terminator.tls.client.ClientCertificatesConfig;
import io.terminator.tls.policy.CanaryConfig;
import io.terminator.tls.policy.NamedPolicy;
import io.terminator.tls.policy.TlsPolicyConfig;
import io.terminator.tls.policy.TlsPolicyConfig.Preset;
import io.terminator.tls.policy.TlsPolicyConfig.Version;
import io.terminator.tls.sni.SniConfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** {@code listeners[].certificates}, {@code listeners[].tls} and {@code listeners[].sni}. */
final class TlsKeys {
  private static final Key<Path> CHAIN =
      Key.required("chain", Paths.file(), "Certificate chain in PEM, leaf first.");

  private static final Key<Path> KEY =
      Key.required(
          "key",
          Paths.secretFile(),
          "Private key in PEM; may be the same file. Only Terminator's user should be"
              + " able to read it.");

  private static final Key<Secret> PASSWORD =
      Key.absent(
          "password",
          Kinds.secret(),
          "the key is not encrypted",
          "Password of an encrypted key. Never shown in messages.");

  private static final Key<Secret> KEY_PASSWORD =
      Key.absent(
          "key-password",
          Kinds.secret(),
          "the key has the key store's password",
          "Opens a key in a key store (JKS, JCEKS) that has a password of its own. Never shown in"
              + " messages.");

  private static final Shape<CertificatesConfig.Pair> PAIR_SHAPE =
      new Shape<>(
          "A certificate chain and its private key.",
          List.of(CHAIN, KEY, PASSWORD, KEY_PASSWORD),
          section ->
              new CertificatesConfig.Pair(
                  section.get(CHAIN),
                  section.get(KEY),
                  section.find(PASSWORD),
                  section.find(KEY_PASSWORD)));

  private static final Kind<List<CertificatesConfig.Pair>> PAIRS_KIND = Kinds.list(PAIR_SHAPE, 1);

  private static final Key<Path> DIRECTORY =
      Key.absent(
          "directory",
          Paths.directory(),
          "no directory",
          "A directory with certificates and keys in any layout, watched for changes.");

  private static final Key<List<CertificatesConfig.Pair>> FILES =
      Key.absent("files", PAIRS_KIND, "no list", "A list of files.");

  private static final Key<List<ManagedCertificate>> ACME =
      Key.absent(
          "acme",
          Kinds.either(
              null,
              Kinds.list(ManagedCertificateKeys.SHAPE, 1),
              Kinds.mapped(ManagedCertificateKeys.SHAPE, List::of, Object::toString),
              Object::toString),
          "no certificate is ordered",
          "A certificate, or a list of them, to order and renew by ACME as the section acme says.");

  private static final Shape<CertificatesConfig> SOURCES_SHAPE =
      new Shape<>(
          "Certificates from several sources.", List.of(DIRECTORY, FILES, ACME), TlsKeys::sources);

  static final Kind<CertificatesConfig> CERTIFICATES_KIND =
      Kinds.either(
          Kinds.mapped(Paths.directory(), CertificatesConfig.Directory::new, Object::toString),
          Kinds.mapped(PAIRS_KIND, CertificatesConfig.Pairs::new, Object::toString),
          SOURCES_SHAPE,
          Object::toString);

  /** What is written by hand comes first where the same name is ordered as well. */
  private static CertificatesConfig sources(Section section) {
    List<CertificatesConfig> parts = new ArrayList<>();
    List<CertificatesConfig.Pair> files = section.find(FILES);
    if (files != null) {
      parts.add(new CertificatesConfig.Pairs(files));
    }
    Path directory = section.find(DIRECTORY);
    if (directory != null) {
      parts.add(new CertificatesConfig.Directory(directory));
    }
    List<ManagedCertificate> managed = section.find(ACME);
    if (managed != null) {
      parts.add(new CertificatesConfig.Managed(managed));
    }
    Reading reading = section.reading();
    if (parts.isEmpty() && reading != null && section.isSound(FILES, DIRECTORY, ACME)) {
      reading.problem(
          section.placeOf(ACME), "is missing", "acme, directory or files", "name a source");
    }
    return parts.size() == 1 ? parts.get(0) : new CertificatesConfig.Several(parts);
  }

  private static final Kind<Preset> PRESET_KIND = Kinds.choice(Preset.class);

  private static final Key<Preset> PRESET =
      Key.optional(
          "preset",
          PRESET_KIND,
          TlsPolicyConfig.DEFAULT.preset(),
          "The preset that the other keys change.");

  private static final Key<List<Version>> VERSIONS =
      Key.absent(
          "versions",
          Kinds.distinct(Kinds.choice(List.of(Version.values()), Version::label)),
          "as the preset",
          "TLS versions.");

  private static final Key<List<String>> GROUPS =
      Key.absent(
          "groups",
          Kinds.distinct(Kinds.choice(TlsPolicyConfig.KNOWN_GROUPS, name -> name)),
          "as the preset",
          "Key exchange groups in order of preference.");

  private static final Key<List<String>> CIPHERS =
      Key.absent(
          "ciphers",
          Kinds.distinct(Kinds.choice(TlsPolicyConfig.KNOWN_CIPHERS, name -> name)),
          "as the preset",
          "Cipher suites of TLS 1.2 in order of preference. The suites of TLS 1.3 are fixed.");

  static final Kind<String> PROTOCOL_KIND =
      Kinds.parsed("a protocol name such as h2 or http/1.1", null, TlsKeys::protocol, name -> name);

  private static final Key<List<String>> ALPN =
      Key.absent(
          "alpn",
          Kinds.distinct(PROTOCOL_KIND),
          "ALPN is not negotiated",
          "ALPN protocols that the backends support, in order of preference.");

  private static final Key<Compression> COMPRESSION =
      Key.optional(
          "certificate-compression",
          Kinds.choice(Compression.class),
          Compression.OFF,
          "With zlib, certificates are sent compressed to TLS 1.3 clients that support it"
              + " (RFC 8879). They are compressed once.");

  private static final Key<DataSize> RECORD_SIZE =
      Key.optional(
          "record-size",
          Kinds.size("1KiB", "16KiB"),
          new DataSize(TlsPolicyConfig.LARGEST_RECORD),
          "Maximum plaintext size of a sent record. Smaller records reduce latency on"
              + " slow links and cost more CPU time.");

  private static final Key<ClientCertificatesConfig> CLIENTS =
      Key.absent(
          "client-certificates",
          ClientKeys.SHAPE,
          "no certificate is requested",
          "Client certificates (mTLS). Sessions are not resumed with client certificates.");

  private static final Shape<TlsPolicyConfig> POLICY_SHAPE =
      new Shape<>(
          "A TLS policy: a preset and changes to it.",
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

  private static final Key<String> POLICY_NAME =
      Key.absent(
          "name",
          Kinds.name(),
          "the first of sni, with wildcard for * and subdomains for **; all without sni",
          "Label in metrics and the API. It must be unique within the listener.");

  private static final Key<List<HostPattern>> POLICY_NAMES =
      Key.absent(
          "sni",
          RouteKeys.NAMES_KIND,
          "every client, also one without SNI",
          "Server names (SNI) that match. A wildcard does not match example.com itself.");

  private static final Key<TlsPolicyConfig> POLICY_TLS =
      Key.absent(
          "tls",
          POLICY_KIND,
          "that of the listener",
          "Like the listener's tls. Required unless the policy has certificates.");

  private static final Key<CertificatesConfig> POLICY_CERTIFICATES =
      Key.absent(
          "certificates",
          CERTIFICATES_KIND,
          "those of the listener",
          "Certificates for the clients of this policy, in place of those of the listener, such as a"
              + " new one to be tried with mode canary.");

  private static final Key<NamedPolicy.Mode> POLICY_MODE =
      Key.optional(
          "mode",
          Kinds.choice(NamedPolicy.Mode.class),
          NamedPolicy.Mode.ENFORCE,
          "With report, the policy judges its clients and the next match serves them:"
              + " GET /v1/policies/{name}/report has the clients that it would refuse. Client"
              + " certificates that it would verify are requested and judged; every client is let in."
              + " With canary, it serves some of its clients, and the next match the others. With off,"
              + " it has no effect.");

  private static final Key<Integer> PERCENT =
      Key.optional(
          "percent",
          Kinds.whole(0, 100),
          0,
          "Percentage of sources that the policy serves. A source gets the same answer every time,"
              + " from every replica.");

  private static final Key<List<Cidr>> SOURCES =
      Key.absent(
          "sources",
          Kinds.distinct(Addresses.BLOCK_KIND),
          "none",
          "Sources that it serves besides.");

  private static final Key<Integer> MAX_FAILURES =
      Key.optional(
          "max-failures",
          Kinds.whole(0, 100),
          5,
          "The canary is undone when its percentage of failed handshakes exceeds that of the other"
              + " clients by more than this, since its start or within the last minute.");

  private static final Key<Integer> MIN_HANDSHAKES =
      Key.optional(
          "min-handshakes",
          Kinds.whole(1, 1_000_000),
          20,
          "Handshakes of the canary before it can be undone.");

  private static final Shape<CanaryConfig> CANARY_SHAPE =
      new Shape<>(
          "Which clients a policy in canary mode serves, and when it is undone.",
          List.of(PERCENT, SOURCES, MAX_FAILURES, MIN_HANDSHAKES),
          section -> {
            List<Cidr> sources = orEmpty(section.find(SOURCES));
            section.check(
                section.get(PERCENT) > 0 || !sources.isEmpty(),
                PERCENT,
                "a percentage above 0, or sources",
                "the canary serves nobody otherwise",
                SOURCES);
            return new CanaryConfig(
                section.get(PERCENT),
                sources,
                section.get(MAX_FAILURES),
                section.get(MIN_HANDSHAKES));
          });

  private static final Key<CanaryConfig> CANARY =
      Key.absent("canary", CANARY_SHAPE, "required with mode canary", "The share of clients.");

  static final Shape<WrittenPolicy> NAMED_SHAPE =
      new Shape<>(
          "A TLS policy for some server names.",
          List.of(POLICY_NAME, POLICY_NAMES, POLICY_TLS, POLICY_CERTIFICATES, POLICY_MODE, CANARY),
          TlsKeys::named);

  private static final Key<SniConfig.Answer> MISSING =
      Key.optional(
          "missing",
          Kinds.choice(SniConfig.Answer.class),
          SniConfig.DEFAULT.missing(),
          "A client without SNI, or with an IP address as SNI, receives the certificate for the"
              + " address that it connects to (with a PROXY header, its destination). If there is"
              + " none, it receives the default certificate, or is rejected.");

  private static final Key<SniConfig.Answer> UNKNOWN =
      Key.optional(
          "unknown",
          Kinds.choice(SniConfig.Answer.class),
          SniConfig.DEFAULT.unknown(),
          "A client with a name that no certificate covers receives the default"
              + " certificate, or is rejected.");

  private static final String CERTIFICATE_NAME = "[A-Za-z0-9._@+~-]{1,255}";

  private static final Kind<String> CERTIFICATE_NAME_KIND =
      Kinds.parsed(
          "the name of a certificate, as /v1/certificates lists it",
          CERTIFICATE_NAME,
          TlsKeys::certificateName,
          name -> name);

  private static final Key<ConfiguredName> DEFAULT_CERTIFICATE =
      Key.absent(
          "default-certificate",
          Kinds.written(CERTIFICATE_NAME_KIND, ConfiguredName::new, ConfiguredName::value),
          "the first of a list, or of a directory the one named default, else the first by name at"
              + " the start, valid before invalid",
          "The certificate for clients that send no server name and connect to an address without a"
              + " certificate, or that send a name that no certificate covers.");

  static final Shape<SniConfig> SNI_SHAPE =
      new Shape<>(
          "Clients without SNI or with an unknown name.",
          List.of(MISSING, UNKNOWN, DEFAULT_CERTIFICATE),
          section ->
              new SniConfig(
                  section.get(MISSING), section.get(UNKNOWN), section.find(DEFAULT_CERTIFICATE)));

  private TlsKeys() {}

  private static WrittenPolicy named(Section section) {
    String name = section.find(POLICY_NAME);
    List<HostPattern> sni = orEmpty(section.find(POLICY_NAMES));
    RouteKeys.warnOfAddresses(section, POLICY_NAMES);
    section.check(
        section.get(POLICY_MODE) != NamedPolicy.Mode.CANARY || section.has(CANARY),
        POLICY_MODE,
        "canary with the clients that it serves",
        "add \"canary: { percent: 5 }\"",
        CANARY);
    TlsPolicyConfig tls = section.find(POLICY_TLS);
    Reading reading = section.reading();
    if (reading != null
        && section.isSound(POLICY_TLS, POLICY_CERTIFICATES)
        && !section.has(POLICY_TLS)
        && !section.has(POLICY_CERTIFICATES)) {
      reading.problem(
          section.placeOf(POLICY_TLS),
          "is missing",
          "tls or certificates, in which the policy differs from its listener",
          "add \"tls: modern\"");
    }
    return new WrittenPolicy(
        new NamedPolicy(
            name == null ? NamedPolicy.nameOf(sni) : name,
            sni,
            tls == null ? TlsPolicyConfig.DEFAULT : tls,
            section.find(POLICY_CERTIFICATES),
            section.get(POLICY_MODE),
            section.find(CANARY)),
        tls != null);
  }

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

  private static String certificateName(String text) {
    if (!text.matches(CERTIFICATE_NAME)) {
      throw Kinds.unfit();
    }
    return text;
  }

  private static String protocol(String text) {
    int length = text.getBytes(StandardCharsets.UTF_8).length;
    if (length < 1 || length > 255 || !text.toLowerCase(Locale.ROOT).matches("[!-~]+")) {
      throw Kinds.unfit();
    }
    return text;
  }
}
