package io.terminator.load.subject;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The backend of the HTTP phases: nginx with two files, {@link #SMALL} and {@link #LARGE}. */
public final class HttpBackend implements AutoCloseable {
  public static final String SMALL = "/small";
  public static final int SMALL_BYTES = 100;
  public static final String LARGE = "/large";
  public static final int LARGE_BYTES = 32 << 20;
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final Process process;
  private final int port;

  private HttpBackend(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /** Starts it on a free port and waits until it accepts connections. */
  public static HttpBackend start(Path directory, Cores cores) throws IOException {
    Path program =
        Programs.find("nginx")
            .orElseThrow(
                () -> new IOException("nginx is the backend of the HTTP phases: install it"));
    Path files = Files.createDirectories(directory.resolve("files"));
    Files.write(files.resolve(SMALL.substring(1)), new byte[SMALL_BYTES]);
    Files.write(files.resolve(LARGE.substring(1)), new byte[LARGE_BYTES]);
    int port = RunningTarget.freePorts(1).get(0);
    Path config = directory.resolve("nginx.conf");
    Files.writeString(
        config,
        """
        daemon off;
        worker_processes 1;
        worker_rlimit_nofile 20000;
        pid %1$s/nginx.pid;
        error_log %1$s/error.log error;
        events { worker_connections 16000; }
        http {
          access_log off;
          sendfile on;
          tcp_nopush on;
          open_file_cache max=4;
          open_file_cache_valid 10m;
          keepalive_requests 100000000;
          keepalive_timeout 10m;
          client_body_temp_path %1$s/body;
          proxy_temp_path %1$s/proxy;
          server { listen 127.0.0.1:%2$d backlog=4096; root %1$s/files; }
        }
        """
            .formatted(directory, port));
    // Started by root, its worker is another user that has to reach the files.
    List<String> command =
        Cores.pinned(
            cores.backend(),
            List.of(
                program.toString(),
                "-p",
                directory.toString(),
                "-e",
                directory.resolve("error.log").toString(),
                "-g",
                isRoot() ? "user root;" : "",
                "-c",
                config.toString()));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("output").toFile())
            .start();
    HttpBackend backend = new HttpBackend(process, port);
    try {
      RunningTarget.awaitOpen(process, port, System.nanoTime() + PATIENCE_NANOS);
      return backend;
    } catch (IOException closed) {
      backend.close();
      throw new IOException(
          "nginx does not serve: " + Files.readString(directory.resolve("output")), closed);
    }
  }

  private static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  public int port() {
    return port;
  }

  @Override
  public void close() {
    List<ProcessHandle> workers = process.descendants().toList();
    process.destroy();
    workers.forEach(ProcessHandle::destroy);
  }
}
