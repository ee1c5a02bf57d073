package io.terminator.core.http.message;

import io.terminator.core.observe.Counted;
import io.terminator.core.observe.Series;
import java.util.Locale;

/**
 * Why a message was refused, from a closed set. Unclear messages are refused and never repaired:
 * two readers that repair them differently see different requests. {@link #status} is the answer to
 * a client; a refused response of a server is answered with 502.
 */
public enum Refusal implements Counted {
  START_LINE(400, "the start line is not as RFC 9112 requires"),
  VERSION(505, "the version is not HTTP/1.x"),
  TARGET(400, "the request target is invalid"),
  TARGET_TOO_LONG(414, "the request target is too long"),
  HEAD_TOO_LARGE(431, "the head is too large"),
  TOO_MANY_FIELDS(431, "the head has too many fields"),
  /** A line ends with LF alone. */
  BARE_LF(400, "a line does not end with CR LF"),
  BARE_CR(400, "a CR is not followed by LF"),
  /** A field continues on the next line (RFC 9112 section 5.2). */
  FOLDING(400, "a field is continued on the next line"),
  SPACE_BEFORE_COLON(400, "there is a space between a field name and its colon"),
  FIELD_NAME(400, "a field name is invalid"),
  FIELD_VALUE(400, "a field value has a control character"),
  LENGTH(400, "Content-Length is not a number"),
  TWO_LENGTHS(400, "there is more than one Content-Length"),
  LENGTH_AND_CHUNKED(400, "there is a Content-Length and a Transfer-Encoding"),
  TRANSFER_ENCODING(501, "Transfer-Encoding is not chunked alone"),
  NO_HOST(400, "Host is missing"),
  TWO_HOSTS(400, "there is more than one Host"),
  HOST(400, "Host is invalid"),
  /** The absolute-form target, or {@code :authority}, names another host than Host. */
  AUTHORITY_MISMATCH(400, "the request target and Host name different hosts"),
  CHUNK_SIZE(400, "a chunk size is invalid"),
  CHUNK_EXTENSION(400, "a chunk extension is invalid or too long"),
  CHUNK_END(400, "a chunk does not end where its size says"),
  TRAILER(400, "a trailer field is not allowed there"),
  BODY_TOO_LARGE(413, "the body is too large"),
  METHOD(501, "the method is not supported"),
  /** WebSocket, where servers speak HTTP/2 only. */
  UPGRADE(501, "the servers cannot switch protocols"),
  /** The head or the body did not arrive in time. */
  TIMEOUT(408, "the request did not arrive in time"),
  EXPECTATION(417, "the expectation cannot be met"),
  /** The certificate or the policy of the connection does not fit the host. */
  MISDIRECTED(421, "the connection is not for this host");

  private final int status;
  private final String words;
  private final String label = name().toLowerCase(Locale.ROOT);

  Refusal(int status, String words) {
    this.status = status;
    this.words = words;
  }

  /** The status of the answer to a client. */
  public int status() {
    return status;
  }

  /** The cause as text, for the log and the answer. */
  public String words() {
    return words;
  }

  public String label() {
    return label;
  }

  @Override
  public Series series() {
    return Series.counter(
            "http_refused", "Messages refused because they are invalid, ambiguous or too large.")
        .with("reason", label);
  }
}
