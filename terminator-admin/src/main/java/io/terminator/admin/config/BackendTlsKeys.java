package io.terminator.admin.config;

import io.terminator.admin.config.format.Key;
import io.terminator.admin.config.format.Kind;
import io.terminator.admin.config.format.Kinds;
import io.terminator.admin.config.format.Paths;
import io.terminator.admin.config.format.Section;
import io.terminator.admin.config.format.Shape;
import io.terminator.tls.backend.BackendTlsConfig;
import io.terminator.tls.backend.BackendTlsConfig.Sni;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** {@code backends.<name>.tls}. */
final class BackendTlsKeys {
  /** Plaintext; used only within this package. */
  static final BackendTlsConfig OFF =
      new BackendTlsConfig(
          false, null, new Sni(Sni.Source.NONE, null), null, null, null, List.of());

  private static final Kind<BackendTlsConfig> SWITCH =
      Kinds.choice(
          List.of(OFF, BackendTlsConfig.DEFAULT), config -> config.verify() ? "on" : "off");

  private static final Key<Boolean> VERIFY =
      Key.optional(
          "verify",
          Kinds.flag(),
          true,
          "Verifies the server's certificate. Without it, anyone can impersonate the"
              + " server; turn it off only for tests.");

  private static final Key<Path> CA =
      Key.absent(
          "ca",
          Paths.file(),
          "the trust store of the Java runtime",
          "CA certificates in PEM. The server's chain must lead to one of them. Read at"
              + " start and at each reload.");

  private static final Key<Sni> SNI =
      Key.optional(
          "sni",
          Kinds.parsed(
              "server, client, none or a host name",
              null,
              BackendTlsKeys::sni,
              BackendTlsKeys::spell),
          Sni.SERVER,
          "The SNI sent to the server: its host name (server), the name that the client"
              + " requested (client), none, or a fixed name. No SNI is sent for an IP address.");

  private static final Key<String> NAME =
      Key.absent(
          "name",
          Kinds.parsed("a host name or an IP address", null, BackendTlsKeys::host, host -> host),
          "the name of sni, or else the server's host",
          "The host name or IP address that the server's certificate must contain.");

  private static final Key<Path> CERTIFICATE =
      Key.absent(
          "certificate",
          Paths.file(),
          "no certificate is sent",
          "Certificate chain in PEM for servers that request a client certificate.");

  private static final Key<Path> KEY =
      Key.absent("key", Paths.secretFile(), "none", "Its private key in PEM, not encrypted.");

  private static final Key<List<String>> ALPN =
      Key.absent(
          "alpn",
          Kinds.distinct(TlsKeys.PROTOCOL_KIND),
          "the protocol negotiated with the client",
          "ALPN protocols offered to the server.");

  private static final Shape<BackendTlsConfig> SHAPE =
      new Shape<>(
          "TLS to the servers.",
          List.of(VERIFY, CA, SNI, NAME, CERTIFICATE, KEY, ALPN),
          BackendTlsKeys::map);

  static final Kind<BackendTlsConfig> KIND =
      Kinds.either(SWITCH, null, SHAPE, config -> config.verify() ? "on" : "off");

  private BackendTlsKeys() {}

  /** By identity first: the generated equals is linked by its first call, which takes 8 ms. */
  @SuppressWarnings("ReferenceEquality")
  static boolean isOff(BackendTlsConfig config) {
    return config == OFF || config.equals(OFF);
  }

  private static BackendTlsConfig map(Section section) {
    boolean verify = section.get(VERIFY);
    for (Key<?> key : List.of(CA, NAME)) {
      if (section.has(key) && !verify && section.reading() != null && section.isSound(VERIFY)) {
        section
            .reading()
            .problem(
                section.placeOf(key),
                "has no effect with verify: false",
                "verify: true",
                "remove one of the two");
      }
    }
    demand(section, CERTIFICATE, KEY);
    demand(section, KEY, CERTIFICATE);
    return new BackendTlsConfig(
        verify,
        section.find(CA),
        section.get(SNI),
        section.find(NAME),
        section.find(CERTIFICATE),
        section.find(KEY),
        section.find(ALPN));
  }

  private static void demand(Section section, Key<?> there, Key<?> with) {
    if (section.has(there) && !section.has(with) && section.reading() != null) {
      section
          .reading()
          .problem(
              section.placeOf(with),
              "is missing",
              with.kind().form().expected(),
              "a certificate requires its key, and a key its certificate");
    }
  }

  private static Sni sni(String text) {
    return switch (text) {
      case "server" -> Sni.SERVER;
      case "client" -> new Sni(Sni.Source.CLIENT, null);
      case "none" -> new Sni(Sni.Source.NONE, null);
      default -> new Sni(Sni.Source.NAMED, RouteKeys.plainName(text));
    };
  }

  private static String spell(Sni sni) {
    return sni.name() == null ? sni.source().name().toLowerCase(Locale.ROOT) : sni.name();
  }

  private static String host(String text) {
    return io.netty.util.NetUtil.createByteArrayFromIpAddressString(text) == null
        ? RouteKeys.plainName(text)
        : text;
  }
}
