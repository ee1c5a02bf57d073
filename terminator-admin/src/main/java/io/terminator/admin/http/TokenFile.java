package io.terminator.admin.http;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A secret in a file: rewriting the file changes it. Compared in constant time, never printed. Any thread. */
final class TokenFile {
  private static final Logger LOG = LoggerFactory.getLogger(TokenFile.class);
  private static final int SHORTEST = 16;

  private final Path path;
  private @Nullable FileTime readAt;
  private byte @Nullable [] digest;

  TokenFile(Path path) {
    this.path = path;
  }

  /** Whether {@code offered} is the token; false as long as the file can't be read or holds too short a token. */
  synchronized boolean accepts(String offered) {
    refresh();
    byte[] expected = digest;
    return expected != null && MessageDigest.isEqual(expected, sha256(offered));
  }

  private void refresh() {
    try {
      FileTime modified = Files.getLastModifiedTime(path);
      if (modified.equals(readAt)) {
        return;
      }
      String token = Files.readString(path).strip();
      readAt = modified;
      if (token.length() < SHORTEST) {
        LOG.error(
            "admin.token-file: {} holds a token of {} characters; expected at least {}. The API refuses every token"
                + " until the file is rewritten",
            path,
            token.length(),
            SHORTEST);
        digest = null;
      } else {
        digest = sha256(token);
      }
    } catch (IOException unreadable) {
      // The last token that was read stays valid: a file being rewritten must not lock the operator
      // out.
      LOG.warn("admin.token-file: {} can't be read: {}", path, unreadable.toString());
    }
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (java.security.NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
