package io.terminator.tls.clienthello;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Detects the protocol of a client whose first byte does not begin a TLS handshake record. */
final class OpeningBytes {
  private static final byte[] PROXY_V2 = {
    '\r', '\n', '\r', '\n', 0, '\r', '\n', 'Q', 'U', 'I', 'T', '\n'
  };
  private static final int ALERT = 21;
  private static final int CHANGE_CIPHER_SPEC = 20;
  private static final int APPLICATION_DATA = 23;
  private static final int HEARTBEAT = 24;

  /** The maximum length of the text protocol commands that are recognised. */
  private static final int LONGEST_WORD = 16;

  private static final Set<String> HTTP_METHODS =
      Set.of(
          "GET",
          "HEAD",
          "POST",
          "PUT",
          "DELETE",
          "CONNECT",
          "OPTIONS",
          "TRACE",
          "PATCH",
          "PRI",
          "PROPFIND",
          "REPORT");

  private static final Map<String, HelloProblem> COMMANDS =
      Map.ofEntries(
          Map.entry("PROXY", HelloProblem.PROXY_HEADER),
          Map.entry("SSH", HelloProblem.SSH),
          Map.entry("EHLO", HelloProblem.SMTP),
          Map.entry("HELO", HelloProblem.SMTP),
          Map.entry("LHLO", HelloProblem.SMTP),
          Map.entry("MAIL", HelloProblem.SMTP),
          Map.entry("STARTTLS", HelloProblem.SMTP),
          Map.entry("USER", HelloProblem.FTP),
          Map.entry("FEAT", HelloProblem.FTP),
          Map.entry("AUTH", HelloProblem.FTP));

  private OpeningBytes() {}

  /** Returns null while the bytes so far match more than one protocol. */
  static @Nullable HelloProblem name(ByteBuffer raw, int length) {
    int first = raw.get(0) & 0xff;
    if (isLetter(first)) {
      return text(raw, length);
    }
    if (first == '\r') {
      return proxyV2(raw, length);
    }
    if (first >= CHANGE_CIPHER_SPEC && first <= HEARTBEAT) {
      if (length < 2) {
        return null;
      }
      return raw.get(1) == 3 ? HelloProblem.RECORD_WITHOUT_HELLO : HelloProblem.NOT_TLS;
    }
    if ((first & 0x80) != 0) {
      return ssl2(raw, length);
    }
    return HelloProblem.NOT_TLS;
  }

  private static @Nullable HelloProblem text(ByteBuffer raw, int length) {
    int end = 1;
    while (end < length && isLetter(raw.get(end) & 0xff)) {
      end++;
    }
    if (end > LONGEST_WORD) {
      return HelloProblem.NOT_TLS;
    }
    if (end == length) {
      return null;
    }
    byte[] letters = new byte[end];
    raw.get(0, letters);
    String word = new String(letters, StandardCharsets.US_ASCII);
    int separator = raw.get(end);
    if (separator == ' ' && HTTP_METHODS.contains(word)) {
      return HelloProblem.PLAIN_HTTP;
    }
    if (separator == ' ' || separator == '\r' || separator == '\n' || separator == '-') {
      HelloProblem known = COMMANDS.get(word);
      if (known != null) {
        return known;
      }
    }
    if (separator != ' ') {
      return HelloProblem.NOT_TLS;
    }
    // A method that is not listed: its target still begins with a slash (RFC 9112 section 3.2.1).
    if (end + 1 == length) {
      return null;
    }
    return raw.get(end + 1) == '/' ? HelloProblem.PLAIN_HTTP : HelloProblem.NOT_TLS;
  }

  private static @Nullable HelloProblem proxyV2(ByteBuffer raw, int length) {
    int known = Math.min(length, PROXY_V2.length);
    for (int i = 0; i < known; i++) {
      if (raw.get(i) != PROXY_V2[i]) {
        return HelloProblem.NOT_TLS;
      }
    }
    return known < PROXY_V2.length ? null : HelloProblem.PROXY_HEADER;
  }

  /**
   * A record of two length bytes with the first bit set, followed by the type of a CLIENT-HELLO
   * (RFC 6101 appendix E).
   */
  private static @Nullable HelloProblem ssl2(ByteBuffer raw, int length) {
    if (length < 3) {
      return null;
    }
    return raw.get(2) == 1 ? HelloProblem.SSL2 : HelloProblem.NOT_TLS;
  }

  private static boolean isLetter(int c) {
    return c >= 'A' && c <= 'Z';
  }
}
