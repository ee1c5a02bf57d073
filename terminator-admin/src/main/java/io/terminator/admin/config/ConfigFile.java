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
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Reads configuration files. Any thread; blocking. */
public final class ConfigFile {
  private final Map<String, String> environment;

  /**
   * Held while a file is parsed and read: the tree of one with 500,000 values takes 140 MiB of
   * heap, and clients of the admin API may send several at once.
   */
  private final ReentrantLock reading = new ReentrantLock();

  /**
   * A usable configuration, its warnings, its settings as written, the files and variables that it
   * names, and the values to keep out of messages.
   */
  public record Loaded(
      TerminatorConfig config,
      List<Problem> warnings,
      WrittenSettings written,
      Mentions mentions,
      Mask mask) {
    /** The same file with another {@code content}. */
    public Loaded with(TerminatorConfig content) {
      return new Loaded(content, warnings, written, mentions, mask);
    }
  }

  /** {@code environment} resolves references of the form {@code ${NAME}}. */
  public ConfigFile(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  /** Relative paths in the file are relative to the file's directory. */
  public Loaded read(Path file) throws ConfigProblems {
    return read(file.toString(), directoryOf(file), content(file));
  }

  /**
   * Reads only the {@code admin} section, whatever is wrong with the rest of the file. Whether the
   * files that it names can be read is for the instance to check, not for its caller.
   */
  public AdminConfig readAdmin(Path file) throws ConfigProblems {
    Reading reading = new Reading(file.toString(), directoryOf(file), environment);
    reading.leaveFilesUnchecked();
    Value top = YamlText.parse(content(file), reading);
    AdminConfig admin = top == null ? null : Shape.readOne(top, TerminatorKeys.ADMIN);
    if (admin == null || !reading.problems().isEmpty()) {
      throw new ConfigProblems(reading.problems(), reading.warnings());
    }
    return admin;
  }

  /** As above, for content from another source; {@code name} identifies it in messages. */
  public Loaded read(String name, Path directory, byte[] content) throws ConfigProblems {
    return read(name, directory, content, null);
  }

  /**
   * As above, for content from a caller without the right to read files and variables here: the
   * content may name only those in {@code bounds}; null allows any.
   */
  public Loaded read(String name, Path directory, byte[] content, @Nullable Mentions bounds)
      throws ConfigProblems {
    reading.lock();
    try {
      return loaded(content, new Reading(name, directory, environment, bounds));
    } finally {
      reading.unlock();
    }
  }

  private static Loaded loaded(byte[] content, Reading reading) throws ConfigProblems {
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

  /** The content of {@code file}. Blocks for at most 10 s. */
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
