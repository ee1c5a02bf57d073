package io.terminator.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * A real nginx in its own directory. It serves {@code /random} (seeded bytes) and {@code /hello}
 * with keep-alive, sendfile and ETags, as in production. Skips the test if nginx is not installed,
 * see {@link Processes#assumeAvailable}.
 */
public final class NginxBackend implements AutoCloseable {

  private static final int ATTEMPTS = 5;
  private static final Duration START = Duration.ofSeconds(20);

  private final Path directory;
  private final int port;
  private final RunningProcess process;
  private final long seed;
  private final int length;

  private NginxBackend(Path directory, int port, RunningProcess process, long seed, int length) {
    this.directory = directory;
    this.port = port;
    this.process = process;
    this.seed = seed;
    this.length = length;
  }

  /** Serves {@code length} bytes of the stream of {@code seed} as {@code /random}. */
  public static NginxBackend start(long seed, int length) {
    Path nginx = Processes.assumeAvailable("nginx");
    try {
      Path directory = Files.createTempDirectory("testkit-nginx");
      Path html = Files.createDirectory(directory.resolve("html"));
      Files.createDirectory(directory.resolve("logs"));
      Files.write(html.resolve("random"), Deterministic.bytes(seed, length));
      Files.writeString(html.resolve("hello"), "hello\n");
      return started(nginx, directory, seed, length);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot prepare a directory for nginx", e);
    }
  }

  public InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  /** Hash of {@code /random}, in hex. */
  public String sha256() {
    return Deterministic.sha256(seed, length);
  }

  public RunningProcess process() {
    return process;
  }

  @Override
  public void close() {
    process.close();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove " + directory, e);
    }
  }

  /**
   * nginx cannot report the port that it binds with port 0. If the free port is taken meanwhile,
   * another one is tried.
   */
  private static NginxBackend started(Path nginx, Path directory, long seed, int length)
      throws IOException {
    String output = "";
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      int port = Ports.free();
      Path configuration = directory.resolve("nginx.conf");
      Files.writeString(configuration, configuration(directory, port));
      RunningProcess process =
          Processes.start(
              nginx.toString(), "-p", directory.toString(), "-c", configuration.toString());
      Callable<Boolean> settled = () -> !process.isRunning() || Ports.isAccepting(port);
      Awaitility.await("nginx on port " + port).atMost(START).until(settled);
      if (process.isRunning()) {
        return new NginxBackend(directory, port, process, seed, length);
      }
      output = process.output();
    }
    throw new IllegalStateException("nginx does not start: " + output);
  }

  private static String configuration(Path directory, int port) {
    // As root, its workers would switch to a user that cannot read the directory.
    String user = "root".equals(System.getProperty("user.name")) ? "user root;" : "";
    List<String> temporary = List.of("client_body", "proxy", "fastcgi", "uwsgi", "scgi");
    StringBuilder paths = new StringBuilder();
    for (String kind : temporary) {
      paths.append("  %s_temp_path %s/temp-%s;\n".formatted(kind, directory, kind));
    }
    return """
    daemon off;
    %s
    worker_processes 1;
    pid %s/nginx.pid;
    error_log stderr warn;
    events { worker_connections 4096; }
    http {
      access_log off;
      sendfile on;
      keepalive_requests 1000000;
      default_type application/octet-stream;
    %s
      server {
        listen 127.0.0.1:%d backlog=1024;
        root %s/html;
      }
    }
    """
        .formatted(user, directory, paths, port, directory);
  }
}
