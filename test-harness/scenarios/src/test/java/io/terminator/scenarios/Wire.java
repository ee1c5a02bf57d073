package io.terminator.scenarios;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * One exchange as a client or a server sees it, in any version of HTTP. One thread may read while
 * another sends; sending waits for the peer.
 */
interface Wire {
  /** A length that is not announced: chunked in HTTP/1.1. */
  long UNKNOWN = -1;

  /** The body ends with the connection, where the version has such a body. */
  long UNTIL_CLOSE = -2;

  /** What a peer sends, piece by piece. */
  enum Kind {
    REQUEST,
    INTERIM,
    RESPONSE,
    DATA,
    TRAILERS,
    /** The message is complete. */
    END,
    /** The message is not complete, and nothing follows. */
    BROKEN
  }

  /**
   * A piece of a message. {@code fields} has lower-case names, and the pseudo-header fields of
   * HTTP/2 for a head; {@code why} explains {@link Kind#BROKEN}.
   */
  record Piece(Kind kind, Map<String, String> fields, byte[] data, String why) {
    static Piece of(Kind kind, Map<String, String> fields) {
      return new Piece(kind, fields, new byte[0], "");
    }

    static Piece data(byte[] data) {
      return new Piece(Kind.DATA, Map.of(), data, "");
    }

    static Piece end() {
      return of(Kind.END, Map.of());
    }

    static Piece broken(String why) {
      return new Piece(Kind.BROKEN, Map.of(), new byte[0], why);
    }

    int status() {
      return Integer.parseInt(fields.getOrDefault(":status", "0"));
    }
  }

  /** {@code fields} as {@code name: value}. A {@code length} of zero ends the request. */
  void request(String method, String path, List<String> fields, long length) throws IOException;

  /**
   * A length of zero ends the response; with {@code bodiless} any length does, as the answer to
   * HEAD.
   */
  void respond(int status, List<String> fields, long length, boolean bodiless) throws IOException;

  /** A 1xx response. */
  void interim(int status, List<String> fields) throws IOException;

  void send(byte[] bytes, int length) throws IOException;

  /** The message is complete, with these trailers. */
  void end(List<String> trailers) throws IOException;

  /** Breaks the exchange so that the peer sees it: a reset, or with HTTP/1.1 also a FIN. */
  void cut(boolean withReset) throws IOException;

  /** The next piece, waiting for it; after {@code END} and {@code BROKEN} there is none. */
  Piece read() throws IOException;

  boolean isHttp2();
}
