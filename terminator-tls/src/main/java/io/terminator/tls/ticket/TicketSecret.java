package io.terminator.tls.ticket;

import io.terminator.core.file.BoundedFile;
import io.terminator.core.file.UnfitFileException;
import io.terminator.core.setting.Quantity;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.generators.HKDFBytesGenerator;
import org.bouncycastle.crypto.params.HKDFParameters;

/**
 * A shared secret and the keys derived from it: HKDF-SHA256 (RFC 5869) over the secret with the
 * length and number of the epoch. Processes with the same secret, rotation and clock derive the
 * same keys. Immutable and thread-safe.
 */
public final class TicketSecret {
  /** The minimum size of a secret in bytes. */
  public static final int LEAST = 32;

  private static final int MOST = 64 * 1024;

  private static final byte[] SALT =
      "terminator session tickets 1".getBytes(StandardCharsets.US_ASCII);

  private static final String EXPECTED =
      ". Expected " + LEAST + " to " + MOST + " random bytes, such as from openssl rand -hex 32";

  private final byte[] secret;

  private TicketSecret(byte[] secret) {
    this.secret = secret;
  }

  /**
   * Reads the secret without trailing line breaks, which some tools write and others do not. The
   * exception's message states what was expected and contains nothing of the content.
   */
  public static TicketSecret read(Path file) throws IOException {
    byte[] content;
    try {
      // Trailing line breaks are not part of the secret.
      content = BoundedFile.read(file, MOST + 2);
    } catch (UnfitFileException unfit) {
      throw new IOException(unfit.getReason() + EXPECTED, unfit);
    } catch (IOException unreadable) {
      // The exception's own message is the file name, which the caller reports.
      throw new IOException("cannot be read by this user", unreadable);
    }
    int length = content.length;
    while (length > 0 && (content[length - 1] == '\n' || content[length - 1] == '\r')) {
      length--;
    }
    if (length < LEAST || length > MOST) {
      throw new IOException(
          "has "
              + (length > MOST ? "more than " + MOST + " bytes" : Quantity.of(length, "byte"))
              + EXPECTED);
    }
    return new TicketSecret(Arrays.copyOf(content, length));
  }

  /**
   * The key that seals during {@code epoch}, counted in units of {@code rotationSeconds} from 1970.
   */
  TicketKey key(long rotationSeconds, long epoch) {
    byte[] info = ByteBuffer.allocate(16).putLong(rotationSeconds).putLong(epoch).array();
    HKDFBytesGenerator hkdf = new HKDFBytesGenerator(new SHA256Digest());
    hkdf.init(new HKDFParameters(secret, SALT, info));
    byte[] material = new byte[TicketKey.SIZE];
    hkdf.generateBytes(material, 0, material.length);
    return TicketKey.of(material);
  }

  boolean isSame(TicketSecret other) {
    return Arrays.equals(secret, other.secret);
  }

  @Override
  public String toString() {
    return "TicketSecret[redacted]";
  }
}
