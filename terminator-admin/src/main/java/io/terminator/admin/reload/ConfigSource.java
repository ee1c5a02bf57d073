package io.terminator.admin.reload;

import io.terminator.admin.config.ConfigFile;
import io.terminator.admin.config.ConfigProblems;
import io.terminator.admin.config.format.Mentions;
import io.terminator.core.accept.InheritedSockets;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/** The source of the configuration, each time it is read. Any thread; blocking. */
public interface ConfigSource {
  /** Reads the current configuration. */
  ConfigFile.Loaded load() throws ConfigProblems;

  /**
   * Reads another text, for a check: relative paths have the same base; {@code bounds} limits what
   * it may name.
   */
  ConfigFile.Loaded load(byte[] content, Mentions bounds) throws ConfigProblems;

  /** The name in messages. */
  String name();

  /** The current text; it differs whenever a reload may have an effect. */
  byte[] content() throws IOException;

  /** Sockets that this process inherited at its start. */
  default InheritedSockets inherited() {
    return InheritedSockets.NONE;
  }

  /** A file that an operator edits; {@code environment} resolves its variables. */
  static ConfigSource file(Path file, Map<String, String> environment) {
    ConfigFile reader = new ConfigFile(environment);
    Path parent = file.toAbsolutePath().getParent();
    Path directory = parent == null ? file.toAbsolutePath() : parent;
    return new ConfigSource() {
      @Override
      public ConfigFile.Loaded load() throws ConfigProblems {
        return reader.read(file);
      }

      @Override
      public ConfigFile.Loaded load(byte[] content, Mentions bounds) throws ConfigProblems {
        return reader.read(name(), directory, content, bounds);
      }

      @Override
      public String name() {
        return file.toString();
      }

      @Override
      public InheritedSockets inherited() {
        return InheritedSockets.of(environment, ProcessHandle.current().pid());
      }

      @Override
      public byte[] content() throws IOException {
        return ConfigFile.bytes(file);
      }
    };
  }

  /** A fixed text. */
  static ConfigSource text(String name, Path directory, String text) {
    ConfigFile reader = new ConfigFile(Map.of());
    return new ConfigSource() {
      @Override
      public ConfigFile.Loaded load() throws ConfigProblems {
        return reader.read(name, directory, content());
      }

      @Override
      public ConfigFile.Loaded load(byte[] content, Mentions bounds) throws ConfigProblems {
        return reader.read(name, directory, content, bounds);
      }

      @Override
      public String name() {
        return name;
      }

      @Override
      public byte[] content() {
        return text.getBytes(StandardCharsets.UTF_8);
      }
    };
  }
}
