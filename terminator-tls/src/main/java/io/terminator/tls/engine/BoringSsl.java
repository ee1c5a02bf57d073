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
 * The native library, loaded once, and the count of what lives in it. Contexts and streams register here so that a leak
 * shows as a gauge that does not come back.
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

  /** As {@link #load(SigningConfig, KeyLog)}, with each thread making its own signatures, and without a key log. */
  public static BoringSsl load() {
    return load(SigningConfig.DEFAULT, null);
  }

  /** Loads the library unless it is loaded, and counts from zero; the error names what is missing. */
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
   * Initialises once for the process, as class initialisation does: a second time would renumber what contexts keep their
   * settings under, and those made before would lose theirs.
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

  /** What makes signatures in its place. */
  public RsaSigning rsaSigning() {
    return rsaSigning;
  }

  /** Where secrets of chosen connections go; null unless it is on. */
  public @Nullable KeyLog keyLog() {
    return keyLog;
  }

  /** Ends the threads that sign and that write the key log; the library itself stays. */
  @Override
  public void close() {
    rsaSigning.close();
    if (keyLog != null) {
      keyLog.close();
    }
  }

  /** Such as "BoringSSL". */
  public String version() {
    return SSL.versionString();
  }

  /** Native contexts alive; back to what is configured after every swap. */
  public long liveContexts() {
    return contexts.get();
  }

  /** Native connections alive; zero when no client is connected. */
  public long liveStreams() {
    return streams.get();
  }

  /** Certificate chains compressed so far: once for each that is served, whatever the handshakes. */
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

  /** A memory BIO that holds {@code bytes}; the caller frees it with {@link SSL#freeBIO}. */
  static long memoryBio(byte[] bytes) throws Exception {
    ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length);
    direct.put(0, bytes);
    long bio = SSL.newMemBIO();
    int written = SSL.bioWrite(bio, Buffer.memoryAddress(direct), bytes.length);
    // Key material must not stay in memory that only the collector frees.
    direct.put(0, new byte[bytes.length]);
    if (written != bytes.length) {
      SSL.freeBIO(bio);
      throw new IllegalStateException(
          "BoringSSL took " + written + " of " + bytes.length + " bytes");
    }
    return bio;
  }

  /** The oldest error of this thread's queue, with the queue emptied: it would be taken for another connection's. */
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
