package io.terminator.tls.keylog;

import io.terminator.core.file.AppendFile;
import io.terminator.core.file.BoundedFile;
import io.terminator.core.file.FileFailure;
import io.terminator.core.setting.Cidr;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file in the NSS key log format (RFC 9850), with which tools decrypt captured connections.
 * Anyone with read access to the file can decrypt those connections, so its mode is 0600, and a
 * warning is logged while it is on. Thread-safe; a dedicated thread writes.
 */
public final class KeyLog implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KeyLog.class);

  /** The maximum number of lines that wait for the disk; further lines are dropped. */
  private static final int MOST_WAITING = 10_000;

  private final KeyLogConfig config;
  private final OutputStream out;
  private final AtomicLong written = new AtomicLong();
  private final AtomicLong dropped = new AtomicLong();
  private final ThreadPoolExecutor writer;

  private KeyLog(KeyLogConfig config, OutputStream out) {
    this.config = config;
    this.out = out;
    this.writer =
        new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(MOST_WAITING),
            task -> {
              Thread thread = new Thread(task, "terminator-key-log");
              thread.setDaemon(true);
              return thread;
            },
            (task, full) -> dropped.incrementAndGet());
  }

  /** Opens the file and creates it if necessary; the exception states its problem. */
  public static KeyLog open(KeyLogConfig config) throws IOException {
    Path file = config.file();
    BoundedFile.walk(file, step -> create(file));
    FileChannel channel =
        AppendFile.open(file, StandardOpenOption.APPEND, LinkOption.NOFOLLOW_LINKS);
    KeyLog log = new KeyLog(config, Channels.newOutputStream(channel));
    log.warn();
    return log;
  }

  private static Path create(Path file) throws IOException {
    try {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    } catch (FileAlreadyExistsException there) {
      String unfit = AppendFile.problem(file);
      if (unfit != null) {
        throw new IOException(
            "key-log.file: " + file + " " + unfit + ". Expected " + AppendFile.EXPECTED);
      }
      if (!PosixFilePermissions.toString(Files.getPosixFilePermissions(file)).endsWith("------")) {
        throw new IOException(
            "key-log.file: " + file + " may be read by others; run chmod 600 on it, or remove it");
      }
    }
    return file;
  }

  /** Logs that the key log is on; to be repeated. */
  public void warn() {
    LOG.warn(
        "key log: TLS secrets of connections from {} are written to {}; anyone with the"
            + " file can decrypt them. Remove key-log when done",
        config.sources(),
        config.file());
  }

  /** Whether secrets of connections from {@code client} are logged. */
  public boolean wants(SocketAddress client) {
    InetAddress address = client instanceof InetSocketAddress inet ? inet.getAddress() : null;
    if (address == null) {
      return false;
    }
    for (Cidr source : config.sources()) {
      if (source.contains(address)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Queues one line, without line end. Never blocks: lines above the limit are dropped and counted.
   */
  public void write(byte[] line) {
    writer.execute(
        () -> {
          try {
            byte[] whole = new byte[line.length + 1];
            System.arraycopy(line, 0, whole, 0, line.length);
            whole[line.length] = '\n';
            out.write(whole);
            written.incrementAndGet();
          } catch (IOException full) {
            dropped.incrementAndGet();
          }
        });
  }

  public long written() {
    return written.get();
  }

  /** The number of dropped lines: the disk is slow or full. */
  public long dropped() {
    return dropped.get();
  }

  /** Writes the queued lines. */
  @Override
  public void close() {
    writer.shutdown();
    try {
      if (!writer.awaitTermination(5, TimeUnit.SECONDS)) {
        LOG.warn("key log: {} could not be written completely", config.file());
      }
      out.close();
    } catch (IOException failure) {
      LOG.warn("key log: {}: {}", config.file(), FileFailure.words(failure));
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
