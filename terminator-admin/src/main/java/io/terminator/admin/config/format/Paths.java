package io.terminator.admin.config.format;

import io.terminator.core.file.AppendFile;
import io.terminator.core.file.BoundedFile;
import io.terminator.core.file.UnfitFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Kinds for files and directories. Relative paths are relative to the directory of the
 * configuration file.
 */
public final class Paths {
  private Paths() {}

  /** A readable file. */
  public static Kind<Path> file() {
    return new PathKind("a readable file", Paths::checkFile);
  }

  /** As {@link #file}, with a warning if users other than its owner and group can read it. */
  public static Kind<Path> secretFile() {
    return new PathKind(
        "a file that only its owner can read",
        (value, path) -> checkFile(value, path) && warnIfShared(value, path));
  }

  /** A directory whose files can be listed. */
  public static Kind<Path> directory() {
    return new PathKind("a readable directory", Paths::checkDirectory);
  }

  /** A directory that exists or can be created. */
  public static Kind<Path> newDirectory() {
    return new PathKind("a writable directory; it is created if missing", Paths::checkNewDirectory);
  }

  /** A file to write, in an existing directory. */
  public static Kind<Path> newFile() {
    return new PathKind("a file in a writable directory", Paths::checkNewFile);
  }

  /** As above; {@code prefix} is allowed before the path, and messages expect {@code expected}. */
  public static Kind<Path> newFile(String prefix, String expected) {
    return new PathKind(prefix, expected, Paths::checkNewFile);
  }

  private interface Check {
    /** Returns false after a problem. */
    boolean passes(Value value, Path path);
  }

  /** {@code prefix} may precede the path and is not part of it. */
  private record PathKind(String prefix, String expected, Check check) implements Kind<Path> {
    PathKind(String expected, Check check) {
      this("", expected, check);
    }

    @Override
    public @Nullable Path read(Value value) {
      String text = value.text(form());
      if (text == null) {
        return null;
      }
      String bare = text.startsWith(prefix) ? text.substring(prefix.length()) : text;
      if (bare.isBlank()) {
        value.wrong(value.finding(text), expected, "");
        return null;
      }
      try {
        Path path = value.path(bare);
        if (!isAllowed(value, path)) {
          return null;
        }
        boolean passes =
            !value.reading().checksFiles() || (answers(value, path) && check.passes(value, path));
        return passes ? path : null;
      } catch (InvalidPathException | SecurityException unusable) {
        value.wrong(value.finding(text) + " is not a path", expected, remedy(text));
        return null;
      }
    }

    /** Java names files by the locale of its start. */
    private static String remedy(String text) {
      return text.chars().allMatch(c -> c > 0 && c < 128)
          ? ""
          : "start in a locale that has its characters, such as LC_ALL=C.UTF-8";
    }

    @Override
    public Form form() {
      return new Form.Text(expected, null);
    }

    @Override
    public String spell(Path value) {
      return value.toString();
    }
  }

  /** Returns false after a problem, which does not reveal whether the file exists. */
  static boolean isAllowed(Value value, Path path) {
    boolean allowed = value.reading().mayName(path);
    if (!allowed) {
      value.wrong(
          Quoted.of(value.raw()) + " is not a path that the running configuration names",
          "one that it names",
          "check it where it runs: terminator check --config FILE");
    }
    return allowed;
  }

  /** Asked within a time limit first: a server that is gone would block every later question. */
  private static boolean answers(Value value, Path path) {
    try {
      BoundedFile.walk(path, step -> Files.exists(path));
      return true;
    } catch (UnfitFileException stuck) {
      return fails(value, path, " " + stuck.getReason(), "a file system that answers", "");
    } catch (IOException unreadable) {
      // The check itself gives the reason.
      return true;
    }
  }

  private static boolean checkFile(Value value, Path path) {
    String expected = "a readable file";
    if (!Files.exists(path)) {
      return missing(value, path, expected);
    }
    if (Files.isDirectory(path)) {
      return fails(value, path, " is a directory", expected, "name the file in it");
    }
    return Files.isReadable(path) || unreadable(value, path, expected);
  }

  private static boolean checkDirectory(Value value, Path path) {
    String expected = "a readable directory";
    if (!Files.exists(path)) {
      return missing(value, path, expected);
    }
    if (!Files.isDirectory(path)) {
      return fails(value, path, " is a file", expected, "");
    }
    return (Files.isReadable(path) && Files.isExecutable(path))
        || unreadable(value, path, expected);
  }

  private static boolean checkNewDirectory(Value value, Path path) {
    String expected = "a writable directory";
    Path existing = path;
    while (!Files.exists(existing)) {
      Path parent = existing.getParent();
      if (parent == null) {
        return missing(value, path, expected);
      }
      existing = parent;
    }
    if (!Files.isDirectory(existing)) {
      return fails(value, existing, " is a file", expected, "");
    }
    return Files.isWritable(existing)
        || fails(
            value,
            existing,
            " cannot be written to by this user",
            expected,
            "change its owner, or choose another directory");
  }

  private static boolean checkNewFile(Value value, Path path) {
    String expected = "a file in a writable directory";
    if (Files.isDirectory(path)) {
      return fails(value, path, " is a directory", expected, "name a file in it");
    }
    String unfit = AppendFile.problem(path);
    if (unfit != null) {
      return fails(
          value,
          path,
          " " + unfit,
          AppendFile.EXPECTED,
          "remove it, or name another file; programs that read log lines can listen on a syslog"
              + " socket or read standard output");
    }
    if (Files.exists(path)) {
      return Files.isWritable(path)
          || fails(value, path, " cannot be written to by this user", expected, "change its owner");
    }
    Path parent = path.toAbsolutePath().getParent();
    if (parent == null || !Files.isDirectory(parent)) {
      return fails(value, path, " is in a directory that does not exist", expected, "make it");
    }
    return Files.isWritable(parent)
        || fails(value, parent, " cannot be written to by this user", expected, "change its owner");
  }

  private static boolean warnIfShared(Value value, Path path) {
    try {
      Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(path);
      if (permissions.contains(PosixFilePermission.OTHERS_READ)) {
        value
            .reading()
            .warning(
                value.place(),
                Quoted.of(value.raw()) + " can be read by every user of this machine",
                "a file that only its owner and group can read",
                "chmod o= " + Quoted.of(path.toString()));
      }
    } catch (IOException | UnsupportedOperationException unknown) {
      // On a file system without POSIX permissions there is nothing to warn about.
      return true;
    }
    return true;
  }

  private static boolean missing(Value value, Path path, String expected) {
    String dangling = BoundedFile.dangling(path);
    return fails(value, path, dangling == null ? " does not exist" : " " + dangling, expected, "");
  }

  private static boolean unreadable(Value value, Path path, String expected) {
    return fails(
        value, path, " cannot be read by this user", expected, "change its owner or permissions");
  }

  /** Names the resolved path if it differs from the text in the file. */
  private static boolean fails(
      Value value, Path path, String finding, String expected, String remedy) {
    String written = value.raw();
    String where =
        value.hasVariable() || path.toString().equals(written)
            ? ""
            : " (" + Quoted.of(path.toString()) + ")";
    value.wrong(Quoted.of(written) + where + finding, expected, remedy);
    return false;
  }
}
