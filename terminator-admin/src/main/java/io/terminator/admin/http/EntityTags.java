package io.terminator.admin.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Conditional requests: {@code If-Match} and {@code If-None-Match} (RFC 9110, section 13.1). */
public final class EntityTags {
  private static final Pattern TAG = Pattern.compile("(W/)?(\"[\\x21\\x23-\\x7e\\x80-\\xff]*\")");
  private static final Pattern SEPARATOR = Pattern.compile("[ \\t]*(,[ \\t]*)*");
  private static final String ANY = "*";

  private final boolean isAny;
  private final Set<String> strong = new HashSet<>();
  private final Set<String> weak = new HashSet<>();

  private EntityTags(String name, String list) {
    isAny = list.strip().equals(ANY);
    if (isAny) {
      return;
    }
    Matcher separator = SEPARATOR.matcher(list);
    Matcher tag = TAG.matcher(list);
    int at = separator.lookingAt() ? separator.end() : 0;
    while (at < list.length()) {
      if (!tag.region(at, list.length()).lookingAt()) {
        throw malformed(name);
      }
      (tag.group(1) == null ? strong : weak).add(tag.group(2));
      separator.region(tag.end(), list.length()).lookingAt();
      at = separator.end();
      if (at < list.length() && list.substring(tag.end(), at).indexOf(',') < 0) {
        throw malformed(name);
      }
    }
    if (strong.isEmpty() && weak.isEmpty()) {
      throw malformed(name);
    }
  }

  private static ProblemDetails malformed(String name) {
    return ProblemDetails.badRequest(
        name + ": not a list of entity tags; expected * or tags in quotes such as \"1-0a1b2c3d\"");
  }

  private static @Nullable EntityTags of(AdminRequest request, CharSequence name) {
    List<String> lines = request.headers().getAll(name);
    return lines.isEmpty() ? null : new EntityTags(name(name), String.join(",", lines));
  }

  private static String name(CharSequence name) {
    return HttpHeaderNames.IF_MATCH.contentEquals(name) ? "If-Match" : "If-None-Match";
  }

  /**
   * Throws a problem if the conditions of {@code request} do not allow a change of what has the tag
   * {@code now}, null if it does not exist.
   */
  public static void requireMatch(AdminRequest request, @Nullable String now) {
    EntityTags wanted = of(request, HttpHeaderNames.IF_MATCH);
    // Strong comparison: a weak tag does not match.
    if (wanted != null && !(now != null && (wanted.isAny || wanted.strong.contains(now)))) {
      throw failed(request, HttpHeaderNames.IF_MATCH, " is not what serves now (", now);
    }
    EntityTags unwanted = of(request, HttpHeaderNames.IF_NONE_MATCH);
    if (unwanted != null && now != null && unwanted.isKnown(now)) {
      throw failed(request, HttpHeaderNames.IF_NONE_MATCH, " is what serves now (", now);
    }
  }

  private static ProblemDetails failed(
      AdminRequest request, CharSequence name, String state, @Nullable String now) {
    return ProblemDetails.preconditionFailed(
        name(name)
            + ": "
            + AuditLog.printable(String.join(", ", request.headers().getAll(name)))
            + state
            + (now == null ? "nothing" : now)
            + "); read the certificate again");
  }

  /** Weak comparison. */
  private boolean isKnown(String tag) {
    return isAny || strong.contains(tag) || weak.contains(tag);
  }

  /**
   * {@code answer} to a read, without its content if the client has what it would send. An answer
   * without a tag is left as it is.
   */
  static AdminResponse withoutKnown(AdminRequest request, AdminResponse answer) {
    String tag = answer.headers().get(HttpHeaderNames.ETAG.toString());
    if (tag == null || answer.status() != 200) {
      return answer;
    }
    EntityTags known = of(request, HttpHeaderNames.IF_NONE_MATCH);
    return known != null && known.isKnown(tag) ? answer.notModified() : answer;
  }
}
