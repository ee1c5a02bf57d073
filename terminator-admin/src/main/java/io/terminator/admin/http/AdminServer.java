package io.terminator.admin.http;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.terminator.admin.exchange.ControlHandler;
import io.terminator.admin.exchange.ControlListener;
import io.terminator.admin.exchange.Slots;
import io.terminator.core.setting.AddressText;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The admin API, on its own event loop and threads, separate from all workers: a slow or hostile
 * client can delay operators, but never traffic. The size, number and duration of requests are
 * limited.
 */
public final class AdminServer implements AutoCloseable {
  private static final int MAX_LINE = 8 * 1024;
  private static final int CHUNK = 8 * 1024;

  /** Limit for unsent responses to clients without a token, in KiB, over all connections. */
  static final int MOST_UNTAKEN = 64 * 1024;

  private static final int THREADS = 2;
  private static final int WAITING = 64;

  /**
   * Separate from the queue for clients with a token: excessive scrapes must not delay operators.
   */
  private static final int OPEN_WAITING = 16;

  private final AdminConfig config;
  private final AdminCounters counters;
  private final AdminAccess access;
  private final @Nullable AdminTls tls;
  private final ThreadPoolExecutor executor;
  private final ThreadPoolExecutor openExecutor;
  private final ControlListener listener;

  private AdminServer(AdminConfig config, AdminRoutes routes, AdminCounters counters)
      throws IOException {
    this.counters = counters;
    AdminTlsConfig tlsConfig = config.tls();
    this.config = config;
    this.tls = tlsConfig == null ? null : AdminTls.open(tlsConfig);
    this.access = new AdminAccess(config);
    this.executor = ControlListener.executor("admin-task", THREADS, WAITING);
    this.openExecutor = ControlListener.executor("admin-open", 1, OPEN_WAITING);
    this.listener = listen(routes);
  }

  /** Starts to listen; the exception names the cause of a failure. */
  public static AdminServer start(AdminConfig config, AdminRoutes routes, AdminCounters counters)
      throws IOException {
    return new AdminServer(config, routes, counters);
  }

  private ControlListener listen(AdminRoutes routes) throws IOException {
    Slots slots = Slots.displacing(config.limits().connections());
    AdminHandler.Surroundings surroundings =
        new AdminHandler.Surroundings(
            routes,
            access,
            new AuditLog(),
            counters,
            config.limits(),
            executor,
            openExecutor,
            slots,
            new Semaphore(MOST_UNTAKEN));
    try {
      return ControlListener.start(
          "admin", config.bind(), slots, new Connections(surroundings), bootstrap -> {});
    } catch (IOException failure) {
      throw ControlListener.unusable("admin.bind", config.bind(), failure);
    }
  }

  private final class Connections implements ControlListener.Service {
    private final AdminHandler.Surroundings surroundings;

    Connections(AdminHandler.Surroundings surroundings) {
      this.surroundings = surroundings;
    }

    @Override
    public ControlListener.Limits limits() {
      return new ControlListener.Limits(MAX_LINE, (int) config.limits().headers().bytes(), CHUNK);
    }

    @Override
    public ControlHandler handle(Channel client) {
      if (tls == null) {
        return new AdminHandler(surroundings, null);
      }
      SslHandler ssl = tls.newHandler(client.alloc());
      ssl.setHandshakeTimeoutMillis(config.limits().request().toMillis());
      AdminHandler admin = new AdminHandler(surroundings, ssl);
      client.pipeline().addLast(new PlainHttpGuard(ssl, admin), ssl);
      return admin;
    }

    @Override
    public void onSurplus() {
      counters.count(AdminCounters.Result.SURPLUS);
    }
  }

  /**
   * The address it listens on: {@code https://127.0.0.1:9443}, with the actual port, or {@code
   * unix:/run/admin.sock}.
   */
  public String url() {
    InetSocketAddress inet = address();
    if (inet == null) {
      return config.bind().toString();
    }
    return (tls == null ? "http://" : "https://") + AddressText.of(inet);
  }

  /** The address with its actual port; null for a unix socket. */
  public @Nullable InetSocketAddress address() {
    return listener.address() instanceof InetSocketAddress inet ? inet : null;
  }

  /** Reads changed token and certificate files again. Blocking; called about once per second. */
  public void look() {
    access.look();
    if (tls != null) {
      tls.look();
    }
  }

  @Override
  public void close() {
    listener.stopAccepting();
    executor.shutdown();
    openExecutor.shutdown();
    // A client that ordered the stop through the API gets its response before the loop stops.
    try {
      if (!executor.awaitTermination(1, TimeUnit.SECONDS)) {
        executor.shutdownNow();
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    listener.close();
  }
}
