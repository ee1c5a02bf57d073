package io.terminator.core.http.route;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A condition on the path, ready to be compared with bytes. Immutable. */
final class PathMatch {
  private final byte[] path;
  private final boolean exact;

  PathMatch(HttpRouteConfig.PathCondition condition) {
    this.path = condition.path().getBytes(StandardCharsets.UTF_8);
    this.exact = condition.exact();
  }

  /**
   * How many bytes of the path the condition names, so that the rest begins there; negative if it
   * does not match. The text is a {@link PathForm}, or plain.
   */
  int matched(byte[] text, int from, int to) {
    int length = to - from;
    if (exact ? length != path.length : length < path.length) {
      return -1;
    }
    int end = from + path.length;
    if (!Arrays.equals(text, from, end, path, 0, path.length)) {
      return -1;
    }
    boolean onSegment = exact || end == to || text[end] == '/' || path[path.length - 1] == '/';
    return onSegment ? path.length : -1;
  }
}
