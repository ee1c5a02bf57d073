package io.terminator.admin.plain;

import io.terminator.core.file.BoundedFile;
import io.terminator.core.file.UnfitFileException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * ACME HTTP-01 challenges (RFC 8555 8.3) as files named by their tokens. A token is nothing but letters, digits, {@code -} and
 * {@code _}, so no name leads out of the directory, and a link that does is not followed; links within it are, as mounted
 * volumes are made of them.
 */
record ChallengeDirectory(Path directory) {
  static final String PREFIX = "/.well-known/acme-challenge/";

  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9_-]{1,128}");

  /** A key authorization is a token and a thumbprint, some 90 bytes. */
  private static final int LARGEST = 4096;

  /** The token that {@code target} asks for; null where it is none. */
  static @Nullable String token(String target) {
    String token = target.substring(PREFIX.length());
    return TOKEN.matcher(token).matches() ? token : null;
  }

  /**
   * The answer to {@code token}; null where there is none. The exception's message says what is wrong with the one that is
   * there. May wait for the disk.
   */
  byte @Nullable [] answer(String token) throws IOException {
    Path real;
    try {
      real = directory.resolve(token).toRealPath();
    } catch (NoSuchFileException missing) {
      return null;
    }
    if (!real.startsWith(directory.toRealPath())) {
      throw new IOException("it is a link to " + real + ", outside of the directory");
    }
    try {
      return BoundedFile.read(real, LARGEST);
    } catch (UnfitFileException unfit) {
      throw new IOException("it " + unfit.getReason(), unfit);
    }
  }
}
