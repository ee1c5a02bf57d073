package io.terminator.admin.http;

import io.netty.handler.codec.http.QueryStringDecoder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One line for each requested change, whether or not it was carried out, and for each refused
 * caller. Never contains a query, a header or a body: a token sent there by mistake must not appear
 * in the log. Any thread.
 */
final class AuditLog {
  private static final Logger LOG = LoggerFactory.getLogger("audit");
  private static final int MOST_REFUSALS = 10;
  private static final long SECOND = 1_000_000_000L;

  private long secondBegan = System.nanoTime();
  private int refusals;
  private long unwritten;

  /** {@code response} contains the state before and after. */
  void changed(AdminRequest request, AdminResponse response) {
    AdminResponse.Change change = response.change();
    LOG.info(
        "admin change=\"{} {}\" who=\"{}\" from=\"{}\" status={} before=\"{}\" after=\"{}\"",
        request.method(),
        path(request.uri()),
        printable(request.who()),
        request.remote(),
        response.status(),
        printable(change.before()),
        printable(change.after()));
  }

  /**
   * A caller that is not authorized: at most 10 lines per second, so that a scanner cannot fill the
   * disk.
   */
  void refused(String what, Peer peer, ProblemDetails why) {
    refused(what, peer, why.status(), String.valueOf(why.getMessage()));
  }

  /** A connection that failed before a request was complete. */
  void refusedConnection(Peer peer, String why) {
    refused("connection", peer, 0, why);
  }

  private void refused(String what, Peer peer, int status, String why) {
    long skipped;
    synchronized (this) {
      long now = System.nanoTime();
      if (now - secondBegan > SECOND) {
        secondBegan = now;
        refusals = 0;
      }
      if (++refusals > MOST_REFUSALS) {
        unwritten++;
        return;
      }
      skipped = unwritten;
      unwritten = 0;
    }
    LOG.warn(
        "admin refused=\"{}\" who=\"{}\" from=\"{}\" status={} why=\"{}\"{}",
        printable(what),
        peer.certificate() == null ? "unknown" : printable("certificate " + peer.certificate()),
        peer.address(),
        status,
        printable(why),
        skipped == 0 ? "" : " unwritten=" + skipped);
  }

  static String path(String uri) {
    return printable(new QueryStringDecoder(uri).rawPath());
  }

  /** Text from a client, escaped so that it cannot end a line or a quotation. */
  static String printable(String text) {
    String safe = text.replaceAll("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]", "?").replace('"', '\'');
    return safe.length() > 1000 ? safe.substring(0, 1000) + "..." : safe;
  }
}
