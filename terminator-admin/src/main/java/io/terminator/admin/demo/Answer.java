package io.terminator.admin.demo;

import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.terminator.admin.exchange.Undecodable;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The demo backend's response to the head of a request. {@code allow} is set if the method is not
 * allowed.
 */
record Answer(
    Kind kind,
    HttpResponseStatus status,
    long length,
    byte[] body,
    @Nullable String allow,
    boolean headOnly) {
  private static final long MOST_BYTES = 1L << 40;
  private static final byte[] NOTHING = {};
  private static final String BYTES = "/bytes/";

  private static final String WELCOME =
      """
      This is Terminator's demo backend. Your request came in over TLS and reached me as plain text:

      %s
      Try:
        /bytes/1000000        a download of that many bytes
        /echo                 send anything with POST, it comes back
      Next: put your own certificate into a configuration file and point it at your own backend,
      starting from docker/config/minimal.yaml.
      """;

  enum Kind {
    TEXT,
    BYTES,
    ECHO
  }

  static Answer to(HttpRequest request) {
    if (request.decoderResult().isFailure()) {
      return unreadable(Undecodable.of(request));
    }
    String uri = request.uri();
    int query = uri.indexOf('?');
    String path = query < 0 ? uri : uri.substring(0, query);
    HttpMethod method = request.method();
    boolean head = method.equals(HttpMethod.HEAD);
    if (path.equals("/echo")) {
      boolean upload = method.equals(HttpMethod.POST) || method.equals(HttpMethod.PUT);
      return upload
          ? new Answer(Kind.ECHO, HttpResponseStatus.OK, 0, NOTHING, null, false)
          : wrongMethod(head, "POST, PUT");
    }
    if (!path.equals("/") && !path.startsWith(BYTES)) {
      return text(
          HttpResponseStatus.NOT_FOUND, "Nothing here. Known: /, /bytes/N, /echo.\n", null, head);
    }
    if (!head && !method.equals(HttpMethod.GET)) {
      return wrongMethod(false, "GET, HEAD");
    }
    return path.equals("/")
        ? text(HttpResponseStatus.OK, WELCOME.formatted(received(request)), null, head)
        : bytes(path.substring(BYTES.length()), head);
  }

  /** The head as it arrived, indented: what Terminator added to it is what a demo has to show. */
  private static String received(HttpRequest request) {
    StringBuilder text = new StringBuilder();
    text.append("    ").append(request.method()).append(' ').append(request.uri());
    text.append(' ').append(request.protocolVersion()).append('\n');
    for (Map.Entry<String, String> header : request.headers()) {
      text.append("    ").append(header.getKey()).append(": ");
      text.append(header.getValue()).append('\n');
    }
    return text.toString();
  }

  static Answer tooLarge() {
    return text(
        HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE,
        "Only /echo takes a body of more than 1 MiB.\n",
        null,
        false);
  }

  private static Answer bytes(String number, boolean head) {
    long count = number.matches("\\d{1,13}") ? Long.parseLong(number) : -1;
    if (count < 0 || count > MOST_BYTES) {
      return text(
          HttpResponseStatus.BAD_REQUEST,
          "Expected a number from 0 to " + MOST_BYTES + " after /bytes/, such as /bytes/1000.\n",
          null,
          head);
    }
    return new Answer(Kind.BYTES, HttpResponseStatus.OK, count, NOTHING, null, head);
  }

  private static Answer unreadable(Undecodable cause) {
    String text =
        switch (cause) {
          case LINE_TOO_LONG -> "Expected at most 4 KiB.\n";
          case HEADERS_TOO_LARGE -> "Expected at most 16 KiB of headers.\n";
          case LINE_INVALID, HEADERS_INVALID -> "This is not HTTP/1.1.\n";
        };
    return text(cause.status(), text, null, false);
  }

  private static Answer wrongMethod(boolean head, String allow) {
    return text(HttpResponseStatus.METHOD_NOT_ALLOWED, "Expected " + allow + ".\n", allow, head);
  }

  private static Answer text(
      HttpResponseStatus status, String text, @Nullable String allow, boolean head) {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    return new Answer(Kind.TEXT, status, body.length, body, allow, head);
  }
}
