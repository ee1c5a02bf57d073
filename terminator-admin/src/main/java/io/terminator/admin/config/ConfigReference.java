package io.terminator.admin.config;

import io.terminator.admin.config.format.Form;
import io.terminator.admin.config.format.Key;
import io.terminator.admin.config.format.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Generates {@code configuration.md} and {@code terminator.schema.json} from the descriptions of
 * the keys:
 *
 * <pre>java -cp ... io.terminator.admin.config.ConfigReference docs</pre>
 *
 * A test fails if the files in docs differ from the generated ones.
 */
public final class ConfigReference {
  static final String PAGE = "configuration.md";
  static final String SCHEMA = "terminator.schema.json";

  private static final String INTRODUCTION =
      """
      # Configuration

      This page is generated from the descriptions of the keys in `terminator-admin` (`ConfigReference`); change them there.

      The configuration is one YAML file. `terminator check --config FILE` reads it in the same way as `run`. It prints every problem
      with its line and exits with 2, or prints a summary and exits with 0. The smallest useful file:

      ```yaml
      listeners:
        - name: web
          bind: ":8443"
          certificates: certs/
          backend: app
      backends:
        app:
          servers: ["127.0.0.1:8080"]
      ```

      - An unknown key is an error. So is a key that is set twice.
      - Relative paths are relative to the directory of the configuration file.
      - Durations: `200ms`, `5s`, `10m`, `1h`, `30d`, `0`. Sizes: `512B`, `64KiB`, `1MiB`, `2GiB`.
      - `${NAME}` is replaced by an environment variable, and `${NAME:-default}` by its value or, if it is unset or empty, by the
        default. `$${` is a literal `${`. Variables are replaced in values, not in keys.
      - A reload (SIGHUP) applies all keys except the following, which take effect at the next start; the reload says so:
        %s.
      - Quote values with a colon, a star or brackets: `":8443"`.
      - Examples: [docker/config](../docker/config). For editors: [the JSON Schema](terminator.schema.json).
      """;

  private static final String FORMATS =
      """

      ## Formats of certificates and keys

      The content of a file decides, not its name. `check` says for each file that is refused why. "Tested with" names the tools that
      wrote the files in the tests.

      | Format | Read | Tested with |
      |---|---|---|
      | PEM: `CERTIFICATE`, `X509 CERTIFICATE`; text around the blocks is skipped | yes | OpenSSL 3.0, certtool 3.7.9 |
      | PEM: `TRUSTED CERTIFICATE` | yes, without the trust settings | OpenSSL 3.0 |
      | DER: certificate, PKCS#1, SEC1, PKCS#8 | yes | OpenSSL 3.0 |
      | Private key: PKCS#1, SEC1, PKCS#8, RSA or ECDSA on P-256, P-384, P-521 | yes | OpenSSL 3.0, certtool 3.7.9 |
      | Encrypted PKCS#1 or SEC1 (`Proc-Type: 4,ENCRYPTED`) | yes | Bouncy Castle 1.87 |
      | Encrypted PKCS#8, PBES2: PBKDF2 with SHA-1 to SHA-512, or scrypt; AES-CBC, AES-GCM, 3DES, RC2 | yes | OpenSSL 3.0, certtool 3.7.9, Bouncy Castle 1.87 |
      | Encrypted PKCS#8, PBES1 and PKCS#12: DES, 3DES, RC2, RC4 | yes | OpenSSL 3.0 with `-provider legacy`, certtool 3.7.9 |
      | Encrypted with Camellia, ARIA, SEED or GOST | no: `unsupported_key` with the object identifier | OpenSSL 3.0, NSS 3.87 |
      | Key derivation of more than 5,000,000 iterations for one file, or of more than 256 MiB | no: `malformed` | Bouncy Castle 1.87 |
      | PKCS#12, encrypted or plain key and certificate bags, with or without a MAC, with or without a password | yes | OpenSSL 3.0 (`-legacy` too), keytool of JDK 17 and 25 (with `keystore.pkcs12.legacy`, as Java 8, too), certtool 3.7.9, pk12util 3.87 |
      | PKCS#12 with a MAC by SHA-1 to SHA-512, or PBMAC1 (RFC 9579) | yes | OpenSSL 3.0, Bouncy Castle 1.87 |
      | PKCS#12 as Windows (3DES with SHA-1, AES-256 with SHA-256, RC2-40 before 2016) and macOS export it, with their attributes | yes | Bouncy Castle 1.87, in the form of those systems |
      | PKCS#12 signed, or encrypted for a public key | no: `malformed` | |
      | JKS, JCEKS; the key with the store's password or one of its own (`key-password`) | yes | keytool of JDK 17 and 25 |
      | A key store with several keys | the first by alias; the problem `several_keys` | JDK 17 |
      | A key store with trusted certificates only | passed over in a directory, else `no_identity` | JDK 17 |
      | BKS, UBER, BCFKS | no: `not_a_certificate`; convert it with `keytool -importkeystore -deststoretype PKCS12` | Bouncy Castle 1.87 |
      | PKCS#7, certificate requests, OpenSSH keys, DSA, Ed25519 | no, with the way to convert it where there is one | OpenSSL 3.0 |

      In a directory, `NAME.password` beside `NAME.p12`, `NAME.jks` or `NAME.key` holds the password, and `NAME.key-password` that of a
      key in a store with a password of its own. A line break at the end of these files is not part of the password.
      """;

  private ConfigReference() {}

  /** The argument is the output directory. */
  public static void main(String[] arguments) throws IOException {
    Path directory = Path.of(arguments[0]);
    Files.createDirectories(directory);
    Files.writeString(directory.resolve(PAGE), page());
    Files.writeString(directory.resolve(SCHEMA), schema());
  }

  static String page() {
    StringBuilder page = new StringBuilder(INTRODUCTION.formatted(startupKeys()));
    section(page, "Top level", "", TerminatorKeys.SHAPE);
    page.append(FORMATS);
    return page.toString();
  }

  private static String startupKeys() {
    List<String> keys =
        Arrays.stream(StartupSetting.values())
            .flatMap(setting -> setting.keys().stream())
            .map(key -> "`" + key + "`")
            .toList();
    int last = keys.size() - 1;
    return String.join(", ", keys.subList(0, last)) + " and " + keys.get(last);
  }

  static String schema() {
    return ConfigSchema.of(TerminatorKeys.SHAPE);
  }

  private static void section(StringBuilder page, String title, String path, Shape<?> shape) {
    page.append("\n## ").append(title).append("\n\n");
    if (!shape.description().isEmpty()) {
      page.append(shape.description()).append("\n\n");
    }
    page.append("| Key | Value | Default | Meaning |\n|---|---|---|---|\n");
    for (Key<?> key : shape.keys()) {
      row(page, key);
    }
    for (Key<?> key : shape.keys()) {
      String below = path.isEmpty() ? key.name() : path + "." + key.name();
      nested(page, below, key.kind().form());
    }
  }

  private static void row(StringBuilder page, Key<?> key) {
    String fallback = key.isRequired() ? "required" : code(key.withoutIt());
    page.append("| `").append(key.name()).append("` | ");
    page.append(cell(value(key.kind().form()))).append(" | ");
    page.append(cell(fallback)).append(" | ");
    page.append(cell(key.description())).append(" |\n");
  }

  /** Defaults of several words are sentences; others are values. */
  private static String code(String fallback) {
    return fallback.isEmpty() || fallback.indexOf(' ') > 0 ? fallback : "`" + fallback + "`";
  }

  private static String value(Form form) {
    if (form instanceof Form.Keys) {
      return "map, see below";
    }
    if (form instanceof Form.Items items) {
      return "list of " + value(items.of());
    }
    if (form instanceof Form.Table table) {
      return table.name() + " name to " + value(table.of());
    }
    if (form instanceof Form.Either either) {
      return String.join("; or ", either.forms().stream().map(ConfigReference::value).toList());
    }
    if (form instanceof Form.Choice choice) {
      return Form.or(choice.labels().stream().map(label -> "`" + label + "`").toList());
    }
    return form.expected();
  }

  private static void nested(StringBuilder page, String path, Form form) {
    if (form instanceof Form.Keys keys) {
      section(page, "`" + path + "`", path, keys.shape());
    } else if (form instanceof Form.Items items) {
      nested(page, path + "[]", items.of());
    } else if (form instanceof Form.Table table) {
      nested(page, path + ".<name>", table.of());
    } else if (form instanceof Form.Either either) {
      either.forms().forEach(one -> nested(page, path, one));
    }
  }

  private static String cell(String text) {
    return text.replace("|", "\\|");
  }
}
