package io.terminator.admin.config;

import io.netty.util.NetUtil;
import io.terminator.admin.config.format.Key;
import io.terminator.admin.config.format.Kind;
import io.terminator.admin.config.format.Kinds;
import io.terminator.admin.config.format.Section;
import io.terminator.admin.config.format.Shape;
import io.terminator.core.setting.HostPattern;
import io.terminator.tls.certificate.credential.IpText;
import io.terminator.tls.certificate.source.ManagedCertificate;
import io.terminator.tls.certificate.source.ManagedCertificate.KeyType;
import java.util.List;
import java.util.Objects;

/** {@code listeners[].certificates.acme}. */
final class ManagedCertificateKeys {
  private static final int LONGEST_NAME = 100;

  /** To be checked by {@link #checkKeyTypes}. */
  static final Kind<List<KeyType>> KEY_TYPES = RouteKeys.oneOrMore(Kinds.choice(KeyType.class));

  static final Kind<String> PROFILE_NAME =
      Kinds.parsed(
          "a word such as shortlived",
          null,
          text -> {
            if (!text.matches("[A-Za-z0-9._-]{1,64}")) {
              throw Kinds.unfit();
            }
            return text;
          },
          text -> text);

  private static final Key<List<String>> NAMES =
      Key.required(
          "names",
          Kinds.distinct(
              Kinds.parsed(
                  "a host name such as www.example.com or *.example.com, or an IP address",
                  null,
                  ManagedCertificateKeys::name,
                  name -> name)),
          "The names of the certificate: host names, IP addresses, and wildcards with dns-01 or"
              + " dns-persist-01.");

  private static final Key<String> NAME =
      Key.absent(
          "name",
          Kinds.name(),
          "the first of names",
          "The certificate's name in the API, in metrics and in state-dir.");

  private static final Key<List<KeyType>> KEY_TYPE =
      Key.absent("key-type", KEY_TYPES, "as acme.key-type", "The kind of key, or one of each.");

  private static final Key<String> PROFILE =
      Key.absent(
          "profile", PROFILE_NAME, "as acme.profile", "The authority's certificate profile.");

  static final Shape<ManagedCertificate> SHAPE =
      new Shape<>(
          "A certificate that is ordered and renewed by ACME.",
          List.of(NAMES, NAME, KEY_TYPE, PROFILE),
          ManagedCertificateKeys::certificate);

  private ManagedCertificateKeys() {}

  static void checkKeyTypes(Section section, Key<List<KeyType>> key) {
    List<KeyType> types = Objects.requireNonNullElse(section.find(key), List.of());
    section.check(
        types.stream().map(KeyType::algorithm).distinct().count() == types.size(),
        key,
        "one kind, or one ECDSA and one RSA kind",
        "remove one");
  }

  private static ManagedCertificate certificate(Section section) {
    checkKeyTypes(section, KEY_TYPE);
    List<String> names = section.get(NAMES);
    String name = section.find(NAME);
    return new ManagedCertificate(
        name == null ? fileName(names.get(0)) : name,
        names,
        Objects.requireNonNullElse(section.find(KEY_TYPE), List.of()),
        section.find(PROFILE));
  }

  /** A name for the API and the file system, which allows 255 characters with all that is added. */
  private static String fileName(String name) {
    String plain =
        name.replace("*.", "wildcard.").replaceAll("[^A-Za-z0-9._-]", "-").replaceAll("^-+", "");
    return plain.length() <= LONGEST_NAME
        ? plain
        : plain.substring(0, LONGEST_NAME) + "-" + Integer.toHexString(plain.hashCode());
  }

  private static String name(String text) {
    byte[] address = NetUtil.createByteArrayFromIpAddressString(text);
    String canonical = address == null ? null : IpText.of(address);
    if (canonical != null) {
      return canonical;
    }
    HostPattern pattern = HostPattern.parse(text);
    if (text.startsWith("**.") || !text.contains(".")) {
      throw Kinds.unfit();
    }
    return pattern.toString();
  }
}
