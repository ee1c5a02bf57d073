package io.terminator.tls.engine;

import io.netty.channel.unix.Buffer;
import io.netty.internal.tcnative.Library;
import io.netty.internal.tcnative.SSL;
import io.netty.util.internal.NativeLibraryLoader;
import io.netty.util.internal.PlatformDependent;
import io.terminator.tls.keylog.KeyLog;
import io.terminator.tls.signing.RsaSigning;
import io.terminator.tls.signing.SigningConfig;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The native library, loaded once, with counts of its live objects. Contexts and streams are
 * counted here, so that a leak shows as a gauge that does not return to its base.
 */
public final class BoringSsl implements AutoCloseable {
  private final AtomicLong contexts = new AtomicLong();
  private final AtomicLong streams = new AtomicLong();
  private final AtomicLong compressions = new AtomicLong();

  private final RsaSigning rsaSigning;

  private final @Nullable KeyLog keyLog;

  private BoringSsl(RsaSigning rsaSigning, @Nullable KeyLog keyLog) {
    this.rsaSigning = rsaSigning;
    this.keyLog = keyLog;
  }

  /**
   * Like {@link #load(SigningConfig, KeyLog)}, with signatures on the calling thread and without a
   * key log.
   */
  public static BoringSsl load() {
    return load(SigningConfig.DEFAULT, null);
  }

  /** Loads the library if necessary and resets the counts; the exception names what is missing. */
  public static BoringSsl load(SigningConfig signing, @Nullable KeyLog keyLog) {
    Throwable failure = Loading.FAILURE;
    if (failure != null) {
      throw new IllegalStateException(
          "BoringSSL cannot be loaded on linux-"
              + PlatformDependent.normalizedArch()
              + ": "
              + failure.getMessage()
              + ". Expected x86_64 or aarch_64 with glibc and a temporary directory without noexec; or put"
              + " libnetty_tcnative into a directory named by -Djava.library.path",
          failure);
    }
    return new BoringSsl(new RsaSigning(signing), keyLog);
  }

  /**
   * Initialises the library once per process, by class initialisation. A second initialisation
   * would renumber the indexes of the contexts' settings, and existing contexts would lose theirs.
   */
  private static final class Loading {
    static final @Nullable Throwable FAILURE = initialise();

    private static @Nullable Throwable initialise() {
      try {
        NativeLibraryLoader.loadFirstAvailable(
            SSL.class.getClassLoader(),
            "netty_tcnative_linux_" + PlatformDependent.normalizedArch(),
            "netty_tcnative");
        Library.initialize("provided", null);
        return null;
      } catch (Exception | LinkageError failure) {
        return failure;
      }
    }
  }

  /** Makes RSA signatures instead of BoringSSL. */
  public RsaSigning rsaSigning() {
    return rsaSigning;
  }

  /** The destination of the secrets of selected connections; null if key logging is off. */
  public @Nullable KeyLog keyLog() {
    return keyLog;
  }

  /** Stops the threads for signatures and for the key log; the library stays loaded. */
  @Override
  public void close() {
    rsaSigning.close();
    if (keyLog != null) {
      keyLog.close();
    }
  }

  /** The name and version, such as "BoringSSL". */
  public String version() {
    return SSL.versionString();
  }

  /** The number of live native contexts; returns to the configured number after every swap. */
  public long liveContexts() {
    return contexts.get();
  }

  /** The number of live native connections; 0 when no client is connected. */
  public long liveStreams() {
    return streams.get();
  }

  /**
   * The number of chain compressions so far: one per served chain, independent of the number of
   * handshakes.
   */
  public long chainCompressions() {
    return compressions.get();
  }

  void chainCompressed() {
    compressions.incrementAndGet();
  }

  void contextMade() {
    contexts.incrementAndGet();
  }

  void contextFreed() {
    contexts.decrementAndGet();
  }

  void streamMade() {
    streams.incrementAndGet();
  }

  void streamFreed() {
    streams.decrementAndGet();
  }

  /**
   * Creates a memory BIO that holds {@code bytes}; the caller frees it with {@link SSL#freeBIO}.
   */
  static long memoryBio(byte[] bytes) throws Exception {
    ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length);
    direct.put(0, bytes);
    long bio = SSL.newMemBIO();
    int written = SSL.bioWrite(bio, Buffer.memoryAddress(direct), bytes.length);
    // Key material must not stay in memory until garbage collection.
    direct.put(0, new byte[bytes.length]);
    if (written != bytes.length) {
      SSL.freeBIO(bio);
      throw new IllegalStateException(
          "BoringSSL took " + written + " of " + bytes.length + " bytes");
    }
    return bio;
  }

  /**
   * Takes the oldest error of this thread's queue and clears the queue, so that it is not
   * attributed to another connection.
   */
  static LibraryError takeError() {
    int number = SSL.getLastErrorNumber();
    SSL.clearError();
    if (number == 0) {
      return new LibraryError(0, "unknown");
    }
    String text = SSL.getErrorString(number);
    int colon = text.lastIndexOf(':');
    return new LibraryError(number, colon < 0 ? text : text.substring(colon + 1));
  }
}
