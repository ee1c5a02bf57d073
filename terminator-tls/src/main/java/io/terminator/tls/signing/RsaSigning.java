package io.terminator.tls.signing;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The RSA signatures of the process. AWS-LC makes them in half of BoringSSL's time, on the calling
 * thread or on {@link SigningConfig#threads} dedicated threads. On a platform without AWS-LC,
 * BoringSSL makes them. Thread-safe.
 */
public final class RsaSigning implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RsaSigning.class);

  private final AtomicLong made = new AtomicLong();
  private final @Nullable ThreadPoolExecutor threads;
  private final List<Runnable> listeners = new ArrayList<>();
  private final AtomicBoolean preparing = new AtomicBoolean();
  private volatile @Nullable Provider provider;
  private volatile boolean prepared;

  public RsaSigning(SigningConfig config) {
    threads = config.threads() == 0 ? null : pool(config.threads());
  }

  private static ThreadPoolExecutor pool(int size) {
    AtomicInteger number = new AtomicInteger();
    return new ThreadPoolExecutor(
        size,
        size,
        0,
        TimeUnit.SECONDS,
        new LinkedBlockingQueue<>(),
        task -> {
          Thread thread = new Thread(task, "terminator-signing-" + number.getAndIncrement());
          thread.setDaemon(true);
          return thread;
        });
  }

  /** AWS-LC, loaded once per process, which takes a third of a second. */
  private static final class Loading {
    static final @Nullable Provider PROVIDER = load();

    private static @Nullable Provider load() {
      Throwable failure;
      try {
        failure = AmazonCorrettoCryptoProvider.INSTANCE.getLoadingError();
      } catch (LinkageError unloadable) {
        failure = unloadable;
      }
      if (failure != null) {
        LOG.warn(
            "AWS-LC cannot be loaded; BoringSSL makes RSA signatures on the workers,"
                + " which takes twice the time: {}",
            failure.getMessage());
        return null;
      }
      Provider provider = AmazonCorrettoCryptoProvider.INSTANCE;
      sign(provider);
      return provider;
    }

    /** Signs with a new key, because the first signature loads half of the provider. */
    private static void sign(Provider provider) {
      try {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA", provider);
        generator.initialize(2048);
        RsaSigner signer =
            new RsaSigner(provider, generator.generateKeyPair().getPrivate(), new AtomicLong());
        for (int scheme : new int[] {0x0804, 0x0805, 0x0806, 0x0401}) {
          byte[] unused = signer.sign(scheme, new byte[64]);
        }
      } catch (GeneralSecurityException failure) {
        LOG.warn("AWS-LC made no signature at its first use: {}", failure.getMessage());
      }
    }
  }

  /** Loads AWS-LC and signs once, which takes half a second the first time. */
  private void load() {
    Provider loaded = Loading.PROVIDER;
    List<Runnable> waiting;
    synchronized (listeners) {
      if (prepared) {
        return;
      }
      provider = loaded;
      prepared = true;
      waiting = List.copyOf(listeners);
    }
    if (loaded != null) {
      waiting.forEach(Runnable::run);
      LOG.info("AWS-LC makes RSA signatures from now on");
    }
  }

  /**
   * Loads AWS-LC once, on a separate thread and after {@code delay}, in which a process that has
   * just started serves its first clients instead. Thread-safe, never blocks.
   */
  public void prepare(Duration delay) {
    if (preparing.compareAndSet(false, true)) {
      Thread thread = new Thread(() -> loadAfter(delay), "terminator-signing-load");
      thread.setDaemon(true);
      thread.start();
    }
  }

  private void loadAfter(Duration delay) {
    try {
      TimeUnit.NANOSECONDS.sleep(delay.toNanos());
      load();
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether AWS-LC has been loaded and signs. */
  public boolean isReady() {
    return provider != null;
  }

  /** Calls {@code listener} once AWS-LC is ready, if {@link #signer} returned null before. */
  public void addListener(Runnable listener) {
    synchronized (listeners) {
      listeners.add(listener);
    }
  }

  public void removeListener(Runnable listener) {
    synchronized (listeners) {
      listeners.remove(listener);
    }
  }

  /**
   * Returns a signer for {@code keyPem}, an unencrypted PKCS#8 key in PEM. Null means that
   * BoringSSL signs: on a platform without AWS-LC, and while it is being loaded, because a worker
   * must not wait for that.
   */
  public @Nullable Signer signer(byte[] keyPem) {
    Provider provider = this.provider;
    if (provider == null) {
      if (!prepared) {
        prepare(Duration.ZERO);
      }
      return null;
    }
    try {
      PrivateKey key =
          KeyFactory.getInstance("RSA", provider)
              .generatePrivate(new PKCS8EncodedKeySpec(der(keyPem)));
      return new RsaSigner(provider, key, made);
    } catch (GeneralSecurityException unfit) {
      // The cause is dropped because it may quote the encoding. BoringSSL checks the key itself.
      return null;
    }
  }

  private static byte[] der(byte[] pem) {
    int begin = 0;
    while (pem[begin] != '\n') {
      begin++;
    }
    int end = pem.length - 1;
    while (pem[end] == '-' || pem[end] == '\n' || pem[end] == '\r') {
      end--;
    }
    while (pem[end] != '\n') {
      end--;
    }
    byte[] base64 = new byte[end - begin];
    System.arraycopy(pem, begin, base64, 0, base64.length);
    try {
      return Base64.getMimeDecoder().decode(base64);
    } finally {
      Arrays.fill(base64, (byte) 0);
    }
  }

  /** Whether signatures are made on threads other than the workers. */
  public boolean isAside() {
    return threads != null;
  }

  /**
   * Runs {@code signature} on a signing thread. The queue is limited by the number of handshakes,
   * each of which has a deadline.
   */
  public void execute(Runnable signature) {
    if (threads == null) {
      throw new IllegalStateException("no signing threads are configured");
    }
    threads.execute(signature);
  }

  /** The number of signatures made so far. */
  public long made() {
    return made.get();
  }

  /** The number of signatures that wait for a thread. */
  public int waiting() {
    return threads == null ? 0 : threads.getQueue().size();
  }

  @Override
  public void close() {
    if (threads != null) {
      threads.shutdownNow();
    }
  }
}
