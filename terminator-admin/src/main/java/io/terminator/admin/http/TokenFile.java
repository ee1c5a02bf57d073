package io.terminator.admin.http;

import io.terminator.core.file.BoundedFile;
import io.terminator.core.file.FileFailure;
import io.terminator.core.file.UnfitFileException;
import io.terminator.core.setting.Quantity;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A secret in a file, read again at each {@link #look}. Compared in constant time, never printed.
 * Any thread.
 */
public final class TokenFile {
  private static final Logger LOG = LoggerFactory.getLogger(TokenFile.class);
  private static final int SHORTEST = 16;
  private static final int LONGEST = 4096;

  private final String key;
  private final Path path;
  private volatile byte @Nullable [] digest;
  private String finding = "";

  /** {@code key} is the configuration key, for messages. Reads the file. */
  TokenFile(String key, Path path) {
    this.key = key;
    this.path = path;
    look();
  }

  /** Whether {@code offered} is the token; false until the file has contained a usable token. */
  boolean accepts(String offered) {
    byte[] expected = digest;
    return expected != null && MessageDigest.isEqual(expected, sha256(offered));
  }

  /** Why the file has no usable token; null if it has one. Blocking. */
  public static @Nullable String problem(Path path) {
    return read(path).wrong();
  }

  /** The digest of the token, or why there is none. */
  private record Content(byte @Nullable [] digest, @Nullable String wrong) {}

  private static Content read(Path path) {
    try {
      byte[] content = BoundedFile.read(path, LONGEST);
      String token = new String(content, StandardCharsets.UTF_8).strip();
      return token.length() < SHORTEST
          ? new Content(
              null,
              "holds "
                  + Quantity.of(token.length(), "character")
                  + "; expected a token of at least "
                  + SHORTEST)
          : new Content(sha256(token), null);
    } catch (UnfitFileException unfit) {
      return new Content(null, unfit.getReason() + "; expected a file with one token");
    } catch (IOException unreadable) {
      return new Content(null, "cannot be read (" + FileFailure.words(unreadable) + ")");
    }
  }

  /** Reads the file again; blocking. A problem is logged once. */
  synchronized void look() {
    Content content = read(path);
    String wrong = content.wrong() == null ? "" : content.wrong();
    if (content.digest() != null) {
      digest = content.digest();
    }
    if (!wrong.equals(finding)) {
      finding = wrong;
      if (!wrong.isEmpty()) {
        // A file that is being rewritten must not lock out the operator:
        // the last valid token stays in effect.
        LOG.error(
            "{}: {} {}. {} until the file is rewritten",
            key,
            path,
            wrong,
            digest == null ? "Every token is refused" : "The token before it stays valid");
      }
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
