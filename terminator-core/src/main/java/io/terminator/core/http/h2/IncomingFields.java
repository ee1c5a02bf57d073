package io.terminator.core.http.h2;

import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import io.terminator.core.http.message.Authority;
import io.terminator.core.http.message.FieldName;
import io.terminator.core.http.message.Framing;
import io.terminator.core.http.message.Head;
import io.terminator.core.http.message.HeadKind;
import io.terminator.core.http.message.Method;
import io.terminator.core.http.message.Octets;
import org.jspecify.annotations.Nullable;

/**
 * Takes the fields of a header block from the decompression and writes them into a head, with the
 * checks of RFC 9113 section 8: what could have two meanings, or could become something else in
 * HTTP/1.1, is a {@link Violation} and not repaired. A block is always read to its end, because the
 * following ones depend on it. One per worker, used within one call.
 */
final class IncomingFields extends DefaultHttp2Headers {
  private static final int METHOD = 1;
  private static final int SCHEME = 2;
  private static final int AUTHORITY = 4;
  private static final int PATH = 8;
  private static final int PROTOCOL = 16;
  private static final int STATUS = 32;

  /** What a field costs beside its text (RFC 9113 section 6.5.2). */
  private static final int FIELD_COST = 32;

  private @Nullable Head head;
  private @Nullable Violation violation;
  private int mostBytes;
  private int mostFields;
  private long bytes;
  private int fields;
  private int pseudo;
  private boolean regular;
  private boolean tooLarge;

  IncomingFields() {
    super(false, false, 2);
  }

  /** Begins a block for {@code into} of at most {@code bytesAllowed} and {@code fieldsAllowed}. */
  void begin(Head into, int bytesAllowed, int fieldsAllowed) {
    head = into;
    violation = null;
    mostBytes = bytesAllowed;
    mostFields = fieldsAllowed;
    bytes = 0;
    fields = 0;
    pseudo = 0;
    regular = false;
    tooLarge = false;
  }

  /** Called by the decompression for each field. */
  @Override
  public Http2Headers add(CharSequence name, CharSequence value) {
    Head target = head;
    bytes += name.length() + value.length() + FIELD_COST;
    fields++;
    tooLarge |= bytes > mostBytes || fields > mostFields;
    if (target != null && violation == null && !tooLarge) {
      violation = add(target, (AsciiString) name, (AsciiString) value);
    }
    return this;
  }

  /** For the decompression's own statistics. */
  @Override
  public int size() {
    return fields;
  }

  /**
   * The end of the block: what is wrong with it, or null. {@code end}: no body follows. {@code
   * bodyless}: a response has no body, whatever its fields say.
   */
  @Nullable Violation finish(boolean end, boolean bodyless) {
    Head complete = head;
    head = null;
    if (complete == null || violation != null) {
      return violation;
    }
    if (tooLarge) {
      return Violation.HEAD_SIZE;
    }
    return switch (complete.kind()) {
      case REQUEST -> finishRequest(complete, end);
      case RESPONSE -> finishResponse(complete, end, bodyless);
      case TRAILERS -> null;
    };
  }

  private @Nullable Violation add(Head target, AsciiString name, AsciiString value) {
    byte[] text = value.array();
    int from = value.arrayOffset();
    int to = from + value.length();
    if (name.isEmpty()) {
      return Violation.FIELD_NAME;
    }
    if (name.byteAt(0) == ':') {
      if (target.kind() == HeadKind.TRAILERS) {
        return Violation.PSEUDO_IN_TRAILERS;
      }
      if (regular) {
        return Violation.PSEUDO_LATE;
      }
      return addPseudo(target, name, text, from, to);
    }
    regular = true;
    if (!isName(name)) {
      return Violation.FIELD_NAME;
    }
    if (!isValue(text, from, to)) {
      return Violation.FIELD_VALUE;
    }
    byte[] letters = name.array();
    int start = name.arrayOffset();
    target.add(letters, start, start + name.length(), text, from, to);
    int field = target.size() - 1;
    return switch (target.name(field)) {
      case CONNECTION, KEEP_ALIVE, PROXY_CONNECTION, TRANSFER_ENCODING, UPGRADE, HTTP2_SETTINGS ->
          Violation.CONNECTION_FIELD;
      case TE -> target.valueIs(field, "trailers") ? null : Violation.TE;
      case CONTENT_LENGTH -> addLength(target, text, from, to);
      case HOST -> target.kind() == HeadKind.TRAILERS ? Violation.AUTHORITY : null;
      default -> null;
    };
  }

  /** Names are tokens in lower case (RFC 9113 section 8.2.1). */
  private static boolean isName(AsciiString name) {
    byte[] letters = name.array();
    int end = name.arrayOffset() + name.length();
    for (int i = name.arrayOffset(); i < end; i++) {
      byte octet = letters[i];
      if (!Octets.isToken(octet) || (octet >= 'A' && octet <= 'Z')) {
        return false;
      }
    }
    return true;
  }

  private static boolean isValue(byte[] text, int from, int to) {
    if (from == to) {
      return true;
    }
    if (isBlank(text[from]) || isBlank(text[to - 1])) {
      return false;
    }
    for (int i = from; i < to; i++) {
      if (!Octets.isValue(text[i])) {
        return false;
      }
    }
    return true;
  }

  private static boolean isBlank(byte octet) {
    return octet == ' ' || octet == '\t';
  }

  private @Nullable Violation addLength(Head target, byte[] text, int from, int to) {
    if (target.kind() == HeadKind.TRAILERS || target.framing() != Framing.NONE) {
      return Violation.CONTENT_LENGTH;
    }
    if (from == to || to - from > 18) {
      return Violation.CONTENT_LENGTH;
    }
    long length = 0;
    for (int i = from; i < to; i++) {
      int digit = text[i] - '0';
      if (digit < 0 || digit > 9) {
        return Violation.CONTENT_LENGTH;
      }
      length = length * 10 + digit;
    }
    target.setFraming(Framing.LENGTH, length);
    return null;
  }

  private @Nullable Violation addPseudo(
      Head target, AsciiString name, byte[] text, int from, int to) {
    boolean request = target.kind() == HeadKind.REQUEST;
    int which = request ? requestPseudo(name) : name.contentEquals(":status") ? STATUS : 0;
    if (which == 0) {
      return Violation.PSEUDO_UNKNOWN;
    }
    if ((pseudo & which) != 0) {
      return Violation.PSEUDO_TWICE;
    }
    pseudo |= which;
    return switch (which) {
      case METHOD -> addMethod(target, text, from, to);
      case SCHEME -> addScheme(target, text, from, to);
      case AUTHORITY -> addAuthority(target, text, from, to);
      case PATH -> addPath(target, text, from, to);
      case PROTOCOL -> addProtocol(target, text, from, to);
      default -> addStatus(target, text, from, to);
    };
  }

  private static int requestPseudo(AsciiString name) {
    return switch (name.length()) {
      case 5 -> name.contentEquals(":path") ? PATH : 0;
      case 7 -> name.contentEquals(":method") ? METHOD : name.contentEquals(":scheme") ? SCHEME : 0;
      case 9 -> name.contentEquals(":protocol") ? PROTOCOL : 0;
      case 10 -> name.contentEquals(":authority") ? AUTHORITY : 0;
      default -> 0;
    };
  }

  private static @Nullable Violation addMethod(Head target, byte[] text, int from, int to) {
    if (!isToken(text, from, to)) {
      return Violation.METHOD;
    }
    int at = target.append(text, from, to);
    target.setMethod(at, target.textLength());
    return null;
  }

  private static @Nullable Violation addScheme(Head target, byte[] text, int from, int to) {
    AsciiString scheme = new AsciiString(text, from, to - from, false);
    if (scheme.contentEqualsIgnoreCase("https")) {
      target.setScheme("https");
    } else if (scheme.contentEqualsIgnoreCase("http")) {
      target.setScheme("http");
    } else {
      return Violation.SCHEME;
    }
    return null;
  }

  private static @Nullable Violation addAuthority(Head target, byte[] text, int from, int to) {
    if (!Authority.isValid(text, from, to)) {
      return Violation.AUTHORITY;
    }
    int at = target.append(text, from, to);
    target.setAuthority(at, target.textLength());
    return null;
  }

  private static @Nullable Violation addPath(Head target, byte[] text, int from, int to) {
    if (from == to) {
      return Violation.PATH;
    }
    for (int i = from; i < to; i++) {
      if (!Octets.isTarget(text[i])) {
        return Violation.PATH;
      }
    }
    int at = target.append(text, from, to);
    target.setPath(at, target.textLength());
    return null;
  }

  private static @Nullable Violation addProtocol(Head target, byte[] text, int from, int to) {
    if (!isToken(text, from, to)) {
      return Violation.PSEUDO_UNKNOWN;
    }
    target.setProtocol(new AsciiString(text, from, to - from, false));
    return null;
  }

  private static boolean isToken(byte[] text, int from, int to) {
    for (int i = from; i < to; i++) {
      if (!Octets.isToken(text[i])) {
        return false;
      }
    }
    return from < to;
  }

  private static @Nullable Violation addStatus(Head target, byte[] text, int from, int to) {
    int status = 0;
    for (int i = from; i < to; i++) {
      int digit = text[i] - '0';
      if (digit < 0 || digit > 9) {
        return Violation.STATUS;
      }
      status = status * 10 + digit;
    }
    // HTTP/2 has no 101 (RFC 9113 section 8.6).
    if (to - from != 3 || status < 100 || status == 101) {
      return Violation.STATUS;
    }
    target.setStatus(status);
    return null;
  }

  private @Nullable Violation finishRequest(Head request, boolean end) {
    if ((pseudo & METHOD) == 0) {
      return Violation.PSEUDO_MISSING;
    }
    boolean connect = request.method() == Method.CONNECT;
    boolean extended = (pseudo & PROTOCOL) != 0;
    int target = pseudo & (SCHEME | PATH);
    if (connect && !extended) {
      if (target != 0) {
        return Violation.PSEUDO_UNKNOWN;
      }
    } else if (target != (SCHEME | PATH)) {
      return Violation.PSEUDO_MISSING;
    } else if (extended && !connect) {
      return Violation.PSEUDO_UNKNOWN;
    } else if (!isPathOf(request)) {
      return Violation.PATH;
    }
    Violation disagreement = finishAuthority(request);
    if (disagreement != null) {
      return disagreement;
    }
    joinCookies(request);
    if (end && request.framing() == Framing.LENGTH && request.bodyLength() > 0) {
      return Violation.BODY_LENGTH;
    }
    if (!end && request.framing() == Framing.NONE) {
      request.setFraming(Framing.CHUNKED, 0);
    }
    return null;
  }

  /** A path, or the asterisk of OPTIONS. */
  private static boolean isPathOf(Head request) {
    byte first = request.text()[request.path().from()];
    return first == '/'
        || (first == '*' && request.path().length() == 1 && request.method() == Method.OPTIONS);
  }

  /** Two names of a host that differ could pass one check with one and reach another server. */
  private @Nullable Violation finishAuthority(Head request) {
    int host = request.first(FieldName.HOST);
    if (host >= 0) {
      if (request.next(FieldName.HOST, host) >= 0) {
        return Violation.AUTHORITY;
      }
      if ((pseudo & AUTHORITY) == 0) {
        if (!Authority.isValid(request.text(), request.valueFrom(host), request.valueTo(host))) {
          return Violation.AUTHORITY;
        }
        request.setAuthority(request.valueFrom(host), request.valueTo(host));
      } else if (!isSameHost(request, host)) {
        return Violation.AUTHORITY;
      }
      return null;
    }
    return (pseudo & AUTHORITY) == 0 ? Violation.AUTHORITY : null;
  }

  private static boolean isSameHost(Head request, int host) {
    int length = request.authority().length();
    if (request.valueTo(host) - request.valueFrom(host) != length) {
      return false;
    }
    byte[] text = request.text();
    for (int i = 0; i < length; i++) {
      if (Octets.lower(text[request.authority().from() + i])
          != Octets.lower(text[request.valueFrom(host) + i])) {
        return false;
      }
    }
    return true;
  }

  /** HTTP/1.1 allows only one Cookie field (RFC 9113 section 8.2.3). */
  private static void joinCookies(Head request) {
    int first = request.first(FieldName.COOKIE);
    if (first < 0 || request.next(FieldName.COOKIE, first) < 0) {
      return;
    }
    StringBuilder joined = new StringBuilder(request.value(first));
    for (int next = request.next(FieldName.COOKIE, first);
        next >= 0;
        next = request.next(FieldName.COOKIE, first)) {
      // An empty part would leave a separator at the end of the value.
      String part = request.value(next);
      joined.append(joined.isEmpty() || part.isEmpty() ? "" : "; ").append(part);
      request.remove(next);
    }
    request.setValue(first, joined);
  }

  private @Nullable Violation finishResponse(Head response, boolean end, boolean bodyless) {
    if ((pseudo & STATUS) == 0) {
      return Violation.PSEUDO_MISSING;
    }
    if (bodyless || response.status() == 304 || response.status() == 204) {
      response.setFraming(Framing.NONE, 0);
      return null;
    }
    if (end && response.framing() == Framing.LENGTH && response.bodyLength() > 0) {
      return Violation.BODY_LENGTH;
    }
    if (!end && response.framing() == Framing.NONE) {
      response.setFraming(Framing.CHUNKED, 0);
    }
    return null;
  }
}
