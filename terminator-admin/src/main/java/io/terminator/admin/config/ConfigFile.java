package io.terminator.admin.config;

import io.terminator.admin.config.format.Mask;
import io.terminator.admin.config.format.Mentions;
import io.terminator.admin.config.format.Problem;
import io.terminator.admin.config.format.Reading;
import io.terminator.admin.config.format.Shape;
import io.terminator.admin.config.format.Value;
import io.terminator.admin.config.format.WrittenSettings;
import io.terminator.admin.config.format.YamlText;
import io.terminator.admin.http.AdminConfig;
import io.terminator.core.file.BoundedFile;
import io.terminator.core.file.UnfitFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads configuration files. Any thread; blocking. */
public final class ConfigFile {
  private final Map<String, String> environment;

  /**
   * A usable configuration, what an operator should still look at, what the file says as it is
   * written, what it names, and what must not be told of that.
   */
  public record Loaded(
      TerminatorConfig config,
      List<Problem> warnings,
      WrittenSettings written,
      Mentions mentions,
      Mask mask) {}

  /** {@code environment} is what {@code ${NAME}} refers to. */
  public ConfigFile(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  /** Relative paths in the file are relative to its directory. */
  public Loaded read(Path file) throws ConfigProblems {
    return read(file.toString(), directoryOf(file), content(file));
  }

  /** What the file says of the admin API alone, whatever is wrong with the rest of it. */
  public AdminConfig readAdmin(Path file) throws ConfigProblems {
    Reading reading = new Reading(file.toString(), directoryOf(file), environment);
    Value top = YamlText.parse(content(file), reading);
    AdminConfig admin = top == null ? null : Shape.readOne(top, TerminatorKeys.ADMIN);
    if (admin == null || !reading.problems().isEmpty()) {
      throw new ConfigProblems(reading.problems(), reading.warnings());
    }
    return admin;
  }

  /** The same for content from elsewhere; {@code name} stands for it in messages. */
  public Loaded read(String name, Path directory, byte[] content) throws ConfigProblems {
    return read(name, directory, content, null);
  }

  /**
   * As above for content from somebody who may not read files and variables here: it names none but {@code bounds}, null
   * for any.
   */
  public Loaded read(String name, Path directory, byte[] content, @Nullable Mentions bounds)
      throws ConfigProblems {
    Reading reading = new Reading(name, directory, environment, bounds);
    Value top = YamlText.parse(content, reading);
    TerminatorConfig config = top == null ? null : read(top, reading);
    if (top == null || config == null || !reading.problems().isEmpty()) {
      throw new ConfigProblems(reading.problems(), reading.warnings());
    }
    return new Loaded(
        config, reading.warnings(), WrittenSettings.of(top), reading.mentions(), reading.mask());
  }

  private static @Nullable TerminatorConfig read(Value top, Reading reading) {
    TerminatorConfig config = TerminatorKeys.SHAPE.read(top);
    reading.resolveReferences();
    return config;
  }

  private static Path directoryOf(Path file) {
    Path parent = file.toAbsolutePath().getParent();
    return parent == null ? file.toAbsolutePath() : parent;
  }

  private static byte[] content(Path file) throws ConfigProblems {
    try {
      return bytes(file);
    } catch (IOException | SecurityException unreadable) {
      String finding =
          unreadable instanceof UnfitFileException unfit ? unfit.getReason() : finding(file);
      Problem problem =
          new Problem(
              file.toString(), 0, "", finding, "a configuration file in YAML of at most 1 MiB", "");
      throw new ConfigProblems(List.of(problem), List.of());
    }
  }

  /** The text of {@code file}; blocking, for ten seconds at most. */
  public static byte[] bytes(Path file) throws IOException {
    return BoundedFile.read(file, YamlText.LARGEST);
  }

  private static String finding(Path file) {
    if (!Files.exists(file)) {
      return "does not exist";
    }
    return "cannot be read by this user";
  }
}
