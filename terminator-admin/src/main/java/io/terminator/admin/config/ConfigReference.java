package io.terminator.admin.config;

import io.terminator.admin.config.format.Form;
import io.terminator.admin.config.format.Key;
import io.terminator.admin.config.format.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes {@code configuration.md} and {@code terminator.schema.json} from the keys' own
 * descriptions:
 *
 * <pre>java -cp ... io.terminator.admin.config.ConfigReference docs</pre>
 *
 * A test fails while the files in docs are not what this writes.
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
      - Quote values with a colon, a star or brackets: `":8443"`.
      - Examples: [docker/config](../docker/config). For editors: [the JSON Schema](terminator.schema.json).
      """;

  private ConfigReference() {}

  /** The argument is the directory to write to. */
  public static void main(String[] arguments) throws IOException {
    Path directory = Path.of(arguments[0]);
    Files.createDirectories(directory);
    Files.writeString(directory.resolve(PAGE), page());
    Files.writeString(directory.resolve(SCHEMA), schema());
  }

  static String page() {
    StringBuilder page = new StringBuilder(INTRODUCTION);
    section(page, "Top level", "", TerminatorKeys.SHAPE);
    return page.toString();
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

  /** Defaults of several words are sentences, the others are values. */
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
