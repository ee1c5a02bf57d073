package io.terminator.admin.plain;

import io.terminator.core.file.BoundedFile;
import io.terminator.core.file.UnfitFileException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * ACME HTTP-01 challenges (RFC 8555, section 8.3) as files named by their tokens. A token contains
 * only letters, digits, {@code -} and {@code _}, so a name cannot leave the directory. A symbolic
 * link that leads out of it is not followed; links within it are, because mounted volumes consist
 * of them.
 */
record ChallengeDirectory(Path directory) {
  static final String PREFIX = "/.well-known/acme-challenge/";

  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9_-]{1,128}");

  /** A key authorization is a token and a thumbprint, about 90 bytes. */
  private static final int LARGEST = 4096;

  /** The token that {@code target} requests; null if it is not a challenge. */
  static @Nullable String token(String target) {
    String token = target.substring(PREFIX.length());
    return TOKEN.matcher(token).matches() ? token : null;
  }

  /**
   * The response for {@code token}; null if there is none. The exception message says why an
   * existing one cannot be used. May wait for the disk.
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
