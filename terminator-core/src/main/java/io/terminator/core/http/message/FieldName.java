package io.terminator.core.http.message;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The field names that Terminator itself reads or writes. */
public enum FieldName {
  ALT_SVC("Alt-Svc"),
  CONNECTION("Connection"),
  CONTENT_LENGTH("Content-Length"),
  CONTENT_TYPE("Content-Type"),
  COOKIE("Cookie"),
  DATE("Date"),
  EXPECT("Expect"),
  FORWARDED("Forwarded"),
  GRPC_STATUS("grpc-status"),
  HOST("Host"),
  HTTP2_SETTINGS("HTTP2-Settings"),
  KEEP_ALIVE("Keep-Alive"),
  LOCATION("Location"),
  PRIORITY("Priority"),
  PROXY_AUTHENTICATE("Proxy-Authenticate"),
  PROXY_AUTHORIZATION("Proxy-Authorization"),
  PROXY_CONNECTION("Proxy-Connection"),
  RETRY_AFTER("Retry-After"),
  SERVER("Server"),
  SET_COOKIE("Set-Cookie"),
  STRICT_TRANSPORT_SECURITY("Strict-Transport-Security"),
  TE("TE"),
  TRACEPARENT("traceparent"),
  TRAILER("Trailer"),
  TRANSFER_ENCODING("Transfer-Encoding"),
  UPGRADE("Upgrade"),
  X_FORWARDED_FOR("X-Forwarded-For"),
  X_FORWARDED_HOST("X-Forwarded-Host"),
  X_FORWARDED_PORT("X-Forwarded-Port"),
  X_FORWARDED_PROTO("X-Forwarded-Proto"),
  X_REQUEST_ID("X-Request-ID"),
  /** Any other name. */
  OTHER("");

  private static final int BUCKETS = 256;
  private static final FieldName[][] BY_HASH = new FieldName[BUCKETS][];

  static {
    List<List<FieldName>> buckets = new ArrayList<>();
    for (int i = 0; i < BUCKETS; i++) {
      buckets.add(new ArrayList<>());
    }
    for (FieldName name : values()) {
      if (name != OTHER) {
        buckets.get(hash(name.bytes, 0, name.bytes.length)).add(name);
      }
    }
    for (int i = 0; i < BUCKETS; i++) {
      BY_HASH[i] = buckets.get(i).toArray(FieldName[]::new);
    }
  }

  private final String text;
  private final byte[] bytes;
  private final byte[] lower;

  FieldName(String text) {
    this.text = text;
    this.bytes = text.getBytes(StandardCharsets.US_ASCII);
    this.lower = bytes.clone();
    for (int i = 0; i < lower.length; i++) {
      lower[i] = (byte) Octets.lower(lower[i]);
    }
  }

  /** The name with the text {@code bytes[from, to)}, ignoring case. */
  public static FieldName of(byte[] bytes, int from, int to) {
    if (from == to) {
      return OTHER;
    }
    for (FieldName name : BY_HASH[hash(bytes, from, to)]) {
      if (name.is(bytes, from, to)) {
        return name;
      }
    }
    return OTHER;
  }

  private static int hash(byte[] bytes, int from, int to) {
    int first = bytes[from] | 0x20;
    int last = bytes[to - 1] | 0x20;
    int middle = bytes[(from + to) >>> 1] | 0x20;
    return ((to - from) * 31 + first * 7 + last * 3 + middle) & (BUCKETS - 1);
  }

  private boolean is(byte[] other, int from, int to) {
    int length = lower.length;
    if (length != to - from) {
      return false;
    }
    // Almost every name is written in one of two ways, and comparing arrays is an intrinsic.
    if (Arrays.equals(bytes, 0, length, other, from, to)
        || Arrays.equals(lower, 0, length, other, from, to)) {
      return true;
    }
    for (int i = 0; i < lower.length; i++) {
      if (lower[i] != Octets.lower(other[from + i])) {
        return false;
      }
    }
    return true;
  }

  /** The name as HTTP/1.1 usually writes it. */
  public String text() {
    return text;
  }

  byte[] bytes() {
    return bytes;
  }
}
