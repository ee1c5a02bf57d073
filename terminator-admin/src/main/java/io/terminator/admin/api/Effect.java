package io.terminator.admin.api;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a change would do to the clients since {@code since}, an hour or more ago where so much was
 * kept: their hellos, judged by what is in force and by the candidate. Counts are of handshakes,
 * {@code hellos} are distinct ones. {@code unkept} handshakes are not judged, and {@code shared}
 * ones by the source of another client with the same hello, because memory is bounded. {@code
 * clients} are those with a change, most frequent first; {@code unlisted} handshakes with a change
 * are of others.
 */
public record Effect(
    String since,
    long handshakes,
    long changed,
    long hellos,
    long unkept,
    long shared,
    List<Listener> listeners,
    List<Client> clients,
    long unlisted) {

  /** By listener: {@code would} by what would change, {@code reasons} of what is refused then. */
  public record Listener(
      String listener,
      long handshakes,
      Map<String, Long> would,
      Map<String, Long> reasons,
      List<Move> certificates,
      List<Move> policies,
      List<Move> backends) {}

  /** Clients that get {@code to} in place of {@code from}. */
  public record Move(String from, String to, long handshakes) {}

  /** One kind of client, and its answer now and then. */
  public record Client(
      String listener,
      String source,
      @Nullable String sni,
      String ja4,
      long handshakes,
      List<String> would,
      Answer now,
      Answer then) {}

  /**
   * An answer to a client. What is served has no {@code reason}; what is refused has only that and
   * its words.
   */
  public record Answer(
      @Nullable String certificate,
      @Nullable String policy,
      @Nullable String backend,
      @Nullable String version,
      @Nullable String alpn,
      @Nullable String reason,
      @Nullable String cause) {}
}
