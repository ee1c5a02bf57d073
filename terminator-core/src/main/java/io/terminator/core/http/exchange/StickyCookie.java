package io.terminator.core.http.exchange;

import io.terminator.core.connect.StickyConfig;
import io.terminator.core.http.message.FieldName;
import io.terminator.core.http.message.Head;
import io.terminator.core.route.BackendPool;
import io.terminator.core.route.Server;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Leads the requests of a client to the server that answered its first one. The value of the cookie
 * is an authentication code of the server's name and address, so that it neither reveals nor forges
 * them. Servers do not see the cookie. Any worker.
 */
public final class StickyCookie {
  private static final String ALGORITHM = "HmacSHA256";

  /** Enough that no two servers of a backend have the same. */
  private static final int CODE_BYTES = 12;

  private final String backend;
  private final byte[] name;
  private final byte[] secret;
  private final String prefix;
  private final String attributes;
  private final Map<Server, byte[]> values = new ConcurrentHashMap<>();

  public StickyCookie(String backend, StickyConfig config, byte[] secret) {
    this.backend = backend;
    this.secret = secret.clone();
    this.name = config.cookie().getBytes(StandardCharsets.US_ASCII);
    this.prefix = config.cookie() + "=";
    this.attributes =
        "; Path=/"
            + (config.maxAge() == null ? "" : "; Max-Age=" + config.maxAge().toSeconds())
            + "; HttpOnly; Secure; SameSite="
            + config.sameSite().value();
  }

  /**
   * Removes the cookie from {@code request}. Returns the server of {@code pool} that its value
   * stands for; null if there is none.
   */
  @Nullable Server take(Head request, BackendPool pool) {
    Server found = null;
    for (int field = request.first(FieldName.COOKIE); field >= 0; ) {
      int before = request.size();
      Server named = take(request, field, pool);
      found = found == null ? named : found;
      // A field without another cookie has been removed, and the next one is in its place.
      field = request.next(FieldName.COOKIE, request.size() < before ? field - 1 : field);
    }
    return found;
  }

  private @Nullable Server take(Head request, int field, BackendPool pool) {
    byte[] text = request.text();
    int end = request.valueTo(field);
    Server found = null;
    StringBuilder rest = null;
    for (int at = request.valueFrom(field); at < end; ) {
      int stop = at;
      while (stop < end && text[stop] != ';') {
        stop++;
      }
      int from = at;
      while (from < stop && isBlank(text[from])) {
        from++;
      }
      int to = stop;
      while (to > from && isBlank(text[to - 1])) {
        to--;
      }
      if (isOwn(text, from, to)) {
        if (rest == null) {
          rest = new StringBuilder();
          append(rest, request.text(request.valueFrom(field), at));
        }
        found = found == null ? find(text, from + name.length + 1, to, pool) : found;
      } else if (rest != null) {
        append(rest, request.text(from, to));
      }
      at = stop + 1;
    }
    if (rest != null) {
      if (rest.isEmpty()) {
        request.remove(field);
      } else {
        request.setValue(field, rest);
      }
    }
    return found;
  }

  private static void append(StringBuilder rest, String cookies) {
    String bare = cookies.strip();
    if (bare.endsWith(";")) {
      bare = bare.substring(0, bare.length() - 1);
    }
    if (!bare.isEmpty()) {
      rest.append(rest.isEmpty() ? "" : "; ").append(bare);
    }
  }

  private static boolean isBlank(byte octet) {
    return octet == ' ' || octet == '\t';
  }

  private boolean isOwn(byte[] text, int from, int to) {
    int equals = from + name.length;
    return equals < to
        && text[equals] == '='
        && Arrays.equals(text, from, equals, name, 0, name.length);
  }

  private @Nullable Server find(byte[] text, int from, int to, BackendPool pool) {
    List<Server> servers = pool.servers();
    for (int i = 0; i < servers.size(); i++) {
      byte[] value = value(servers.get(i));
      if (Arrays.equals(text, from, to, value, 0, value.length)) {
        return servers.get(i);
      }
    }
    return null;
  }

  /** The field {@code Set-Cookie} for {@code server} of {@code pool}. */
  String setCookie(Server server, BackendPool pool) {
    List<Server> servers = pool.servers();
    if (values.size() > 2 * servers.size()) {
      // Names that resolve to other addresses all the time leave servers behind.
      values.keySet().retainAll(servers);
    }
    return prefix + new String(value(server), StandardCharsets.US_ASCII) + attributes;
  }

  private byte[] value(Server server) {
    byte[] there = values.get(server);
    return there != null ? there : values.computeIfAbsent(server, this::code);
  }

  private byte[] code(Server server) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(secret, ALGORITHM));
      byte[] code =
          mac.doFinal(
              (backend + "\n" + server.name() + "\n" + server.address())
                  .getBytes(StandardCharsets.UTF_8));
      return Base64.getUrlEncoder().withoutPadding().encode(Arrays.copyOf(code, CODE_BYTES));
    } catch (GeneralSecurityException missing) {
      throw new IllegalStateException("every Java runtime has " + ALGORITHM, missing);
    }
  }
}
