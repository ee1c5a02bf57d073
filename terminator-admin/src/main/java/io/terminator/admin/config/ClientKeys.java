package io.terminator.admin.config;

import io.terminator.admin.config.format.Key;
import io.terminator.admin.config.format.Kinds;
import io.terminator.admin.config.format.Paths;
import io.terminator.admin.config.format.Reading;
import io.terminator.admin.config.format.Section;
import io.terminator.admin.config.format.Shape;
import io.terminator.tls.client.ClientCertificatesConfig;
import io.terminator.tls.client.ClientCertificatesConfig.Mode;
import io.terminator.tls.client.TrustFiles;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.function.Function;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/** {@code listeners[].tls.client-certificates}. */
final class ClientKeys {
  private static final Key<Mode> MODE =
      Key.optional(
          "mode",
          Kinds.choice(Mode.class),
          Mode.REQUIRED,
          "With required, every client needs a certificate. With optional, a client may"
              + " send none, but a certificate that it sends must be valid.");

  private static final Key<Path> AUTHORITIES =
      Key.required(
          "ca",
          Paths.file(),
          "Trusted CA certificates in PEM; their name constraints and path lengths are enforced."
              + " Read again when the file changes. Clients are told the names, unless these have"
              + " more than 30000 bytes.");

  private static final Key<List<Path>> REVOCATIONS =
      Key.absent(
          "crl",
          Kinds.distinct(Paths.file()),
          "nothing is revoked",
          "CRL files in PEM or DER, delta and indirect CRLs too. Read again when they change. The"
              + " newest CRL of an issuer applies. An expired CRL is still applied, and is reported."
              + " A CRL with an unknown critical extension is refused.");

  private static final Key<List<String>> SUBJECTS =
      Key.absent(
          "subjects",
          Kinds.distinct(
              Kinds.parsed(
                  "a distinguished name such as \"CN=client,O=Example\"",
                  null,
                  ClientKeys::subject,
                  name -> name)),
          "any",
          "Complete subjects that are accepted. One match in subjects, names or keys is"
              + " sufficient; if all three are absent, every valid certificate is accepted.");

  private static final Key<List<String>> NAMES =
      Key.absent(
          "names",
          Kinds.distinct(Kinds.parsed("text", null, ClientKeys::text, name -> name)),
          "any",
          "Subject alternative names (DNS, email, URI or IP address) that are accepted.");

  private static final Key<List<String>> KEYS =
      Key.absent(
          "keys",
          Kinds.distinct(Kinds.parsed("a SHA-256 in base64", null, ClientKeys::hash, hash -> hash)),
          "any",
          "Public keys that are accepted: SHA-256 of the SubjectPublicKeyInfo in base64.");

  static final Shape<ClientCertificatesConfig> SHAPE =
      new Shape<>(
          "Client certificates (mTLS): which are required and accepted.",
          List.of(MODE, AUTHORITIES, REVOCATIONS, SUBJECTS, NAMES, KEYS),
          ClientKeys::map);

  private ClientKeys() {}

  private static ClientCertificatesConfig map(Section section) {
    Path authorities = section.get(AUTHORITIES);
    List<Path> revocations = orEmpty(section.find(REVOCATIONS));
    if (section.isSound(AUTHORITIES)) {
      report(
          section,
          AUTHORITIES,
          authorities,
          TrustFiles::problemOfAuthorities,
          "CA certificates in PEM or DER");
      Reading reading = section.reading();
      String warning = TrustFiles.warningOfAuthorities(authorities);
      if (reading != null && warning != null) {
        reading.warning(section.placeOf(AUTHORITIES), "\"" + authorities + "\" " + warning, "", "");
      }
    }
    if (section.isSound(REVOCATIONS)) {
      revocations.forEach(
          file ->
              report(
                  section,
                  REVOCATIONS,
                  file,
                  TrustFiles::problemOfRevocations,
                  "CRLs in PEM or DER, all of whose critical extensions are known"));
    }
    return new ClientCertificatesConfig(
        section.get(MODE),
        authorities,
        revocations,
        orEmpty(section.find(SUBJECTS)),
        orEmpty(section.find(NAMES)),
        orEmpty(section.find(KEYS)));
  }

  private static void report(
      Section section,
      Key<?> key,
      Path file,
      Function<Path, @Nullable String> problemOf,
      String expected) {
    Reading reading = section.reading();
    String problem = problemOf.apply(file);
    if (reading != null && problem != null) {
      reading.problem(section.placeOf(key), "\"" + file + "\" " + problem, expected, "");
    }
  }

  private static String subject(String text) {
    try {
      return new X500Principal(text).getName();
    } catch (IllegalArgumentException malformed) {
      throw Kinds.unfit();
    }
  }

  private static String text(String text) {
    if (text.isBlank()) {
      throw Kinds.unfit();
    }
    return text;
  }

  private static String hash(String text) {
    try {
      if (Base64.getDecoder().decode(text).length == 32) {
        return text;
      }
    } catch (IllegalArgumentException malformed) {
      throw Kinds.unfit();
    }
    throw Kinds.unfit();
  }

  private static <T> List<T> orEmpty(@Nullable List<T> list) {
    return list == null ? List.of() : list;
  }
}
