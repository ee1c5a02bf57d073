package io.terminator.core.http.h1;

import static java.util.Objects.requireNonNull;

import io.terminator.core.http.message.Authority;
import io.terminator.core.http.message.FieldName;
import io.terminator.core.http.message.Framing;
import io.terminator.core.http.message.Head;
import io.terminator.core.http.message.HeadKind;
import io.terminator.core.http.message.Octets;
import io.terminator.core.http.message.Refusal;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Reads heads by the letter of RFC 9112: what it refuses, others read in two ways. The bytes may
 * arrive in any pieces; the parser copies them into the head and examines every byte once. One for
 * each connection, used for one head after the other. Worker thread only.
 */
public final class HeadParser {
  /** The result of {@link #feed} when more bytes are needed. */
  public static final int INCOMPLETE = -1;

  /** The result of {@link #feed} when {@link #refusal} has the cause. */
  public static final int REFUSED = -2;

  // Most heads are shorter, and what is copied beyond the end of the head is copied for nothing.
  private static final int BLOCK = 1024;
  private static final int MOST_DIGITS = 18;
  private static final byte[] VERSION = {'H', 'T', 'T', 'P', '/', '1', '.'};
  private static final byte[] HTTP = {'h', 't', 't', 'p', ':', '/', '/'};
  private static final byte[] HTTPS = {'h', 't', 't', 'p', 's', ':', '/', '/'};

  private final int mostBytes;
  private final int mostFields;
  private @Nullable Head head;
  private @Nullable Refusal refusal;

  /** The first byte of the line that is not complete yet. */
  private int line;

  /** No LF is between {@link #line} and here. */
  private int scanned;

  private boolean startLineRead;
  private boolean emptyLineSeen;

  /** {@code mostBytes} for the whole head, {@code mostFields} for the number of its fields. */
  public HeadParser(int mostBytes, int mostFields) {
    this.mostBytes = mostBytes;
    this.mostFields = mostFields;
  }

  /** The next bytes are the beginning of {@code empty}, whose kind states what is expected. */
  public void begin(Head empty) {
    head = empty;
    refusal = null;
    line = 0;
    scanned = 0;
    startLineRead = empty.kind() == HeadKind.TRAILERS;
    emptyLineSeen = false;
  }

  /**
   * Reads {@code bytes[from, to)}. Returns the position after the head once it is complete, {@link
   * #INCOMPLETE} if all bytes were taken and more are needed, or {@link #REFUSED}.
   */
  public int feed(ByteBuffer bytes, int from, int to) {
    Head filling = requireNonNull(head);
    int at = from;
    while (at < to) {
      int before = filling.textLength();
      int taken = Math.min(Math.min(BLOCK, to - at), mostBytes - before);
      if (taken == 0) {
        return refuse(startLineRead ? Refusal.HEAD_TOO_LARGE : Refusal.TARGET_TOO_LONG);
      }
      filling.reserve(taken);
      bytes.get(at, filling.text(), before, taken);
      filling.setTextLength(before + taken);
      int end = parse(filling, before + taken);
      if (end >= 0) {
        head = null;
        return at + end - before;
      }
      if (end == REFUSED) {
        return REFUSED;
      }
      at += taken;
    }
    return INCOMPLETE;
  }

  /** The cause after {@link #REFUSED}. */
  public Refusal refusal() {
    return requireNonNull(refusal);
  }

  /** Whether a part of a head has been read. */
  public boolean isWithin() {
    Head filling = head;
    return filling != null && filling.textLength() > 0;
  }

  private int refuse(Refusal why) {
    refusal = why;
    return REFUSED;
  }

  private int parse(Head filling, int end) {
    byte[] text = filling.text();
    int lineFeed = find(text, '\n', scanned, end);
    if (lineFeed == end) {
      scanned = end;
      return INCOMPLETE;
    }
    while (true) {
      int next;
      if (startLineRead) {
        if (text[line] == '\r') {
          if (line + 1 == end) {
            scanned = end;
            return INCOMPLETE;
          }
          return text[line + 1] == '\n' ? finish(filling, line + 2) : refuse(Refusal.BARE_CR);
        }
        next = field(filling, text, line, end);
      } else {
        next = startLine(filling, text, end);
      }
      if (next == REFUSED) {
        return REFUSED;
      }
      if (next == INCOMPLETE) {
        scanned = end;
        return INCOMPLETE;
      }
      line = next;
      if (next == end) {
        scanned = end;
        return INCOMPLETE;
      }
    }
  }

  private int startLine(Head filling, byte[] text, int end) {
    if (filling.kind() == HeadKind.RESPONSE) {
      return statusLine(filling, text, end);
    }
    if (text[line] == '\r' && !emptyLineSeen) {
      // RFC 9112 section 2.2: one empty line before a request is ignored.
      if (line + 1 == end) {
        return INCOMPLETE;
      }
      emptyLineSeen = true;
      return text[line + 1] == '\n' ? line + 2 : refuse(Refusal.BARE_CR);
    }
    return requestLine(filling, text, end);
  }

  private int requestLine(Head filling, byte[] text, int end) {
    int at = line;
    while (at < end && Octets.isToken(text[at])) {
      at++;
    }
    int methodEnd = at;
    if (at == end) {
      return INCOMPLETE;
    }
    if (at == line || text[at] != ' ') {
      return refuseAt(text, at, end, Refusal.START_LINE);
    }
    int target = ++at;
    while (at < end && Octets.isTarget(text[at])) {
      at++;
    }
    int targetEnd = at;
    if (at == end) {
      return INCOMPLETE;
    }
    if (at == target || text[at] != ' ') {
      return refuseAt(text, at, end, Refusal.START_LINE);
    }
    int version = at + 1;
    int versionEnd = version + VERSION.length + 1;
    int lineEnd = find(text, '\n', version, end);
    if (lineEnd == end) {
      return INCOMPLETE;
    }
    if (lineEnd < versionEnd || !startsWith(text, version, VERSION, 5)) {
      return refuse(Refusal.START_LINE);
    }
    if (!isVersion(text, version)) {
      return refuse(Refusal.VERSION);
    }
    if (lineEnd != versionEnd + 1 || text[versionEnd] != '\r') {
      return refuseAt(text, versionEnd, end, Refusal.START_LINE);
    }
    filling.setMethod(line, methodEnd);
    filling.setPath(target, targetEnd);
    filling.setMinorVersion(minorVersion(text, version));
    startLineRead = true;
    return lineEnd + 1;
  }

  private int statusLine(Head filling, byte[] text, int end) {
    int lineEnd = find(text, '\n', line, end);
    if (lineEnd == end) {
      return INCOMPLETE;
    }
    int status = line + VERSION.length + 2;
    if (lineEnd < status + 3) {
      return refuse(Refusal.START_LINE);
    }
    if (!isVersion(text, line)) {
      return refuse(startsWith(text, line, VERSION, 5) ? Refusal.VERSION : Refusal.START_LINE);
    }
    if (text[status - 1] != ' '
        || text[status] < '1'
        || text[status] > '9'
        || !isDigit(text[status + 1])
        || !isDigit(text[status + 2])) {
      return refuse(Refusal.START_LINE);
    }
    int at = status + 3;
    int reason = at;
    if (text[at] == ' ') {
      reason = ++at;
      while (at < end && Octets.isValue(text[at])) {
        at++;
      }
    }
    if (text[at] != '\r' || text[at + 1] != '\n') {
      return refuseAt(text, at, end, Refusal.START_LINE);
    }
    filling.setStatus(
        (text[status] - '0') * 100 + (text[status + 1] - '0') * 10 + text[status + 2] - '0');
    filling.setReason(reason, at);
    filling.setMinorVersion(minorVersion(text, line));
    startLineRead = true;
    return at + 2;
  }

  private int field(Head filling, byte[] text, int from, int end) {
    int at = from;
    while (at < end && Octets.isToken(text[at])) {
      at++;
    }
    if (at == end) {
      return INCOMPLETE;
    }
    int nameEnd = at;
    if (text[at] != ':' || at == from) {
      return refuseName(text, from, at, end);
    }
    do {
      at++;
    } while (at < end && (text[at] == ' ' || text[at] == '\t'));
    int value = at;
    while (at < end && Octets.isValue(text[at])) {
      at++;
    }
    if (at + 1 >= end) {
      return at < end && text[at] != '\r'
          ? refuseAt(text, at, end, Refusal.FIELD_VALUE)
          : INCOMPLETE;
    }
    if (text[at] != '\r') {
      return refuseAt(text, at, end, Refusal.FIELD_VALUE);
    }
    if (text[at + 1] != '\n') {
      return refuse(Refusal.BARE_CR);
    }
    int valueEnd = at;
    while (valueEnd > value && (text[valueEnd - 1] == ' ' || text[valueEnd - 1] == '\t')) {
      valueEnd--;
    }
    if (filling.size() == mostFields) {
      return refuse(Refusal.TOO_MANY_FIELDS);
    }
    filling.addField(from, nameEnd, value, valueEnd);
    return at + 2;
  }

  private int refuseName(byte[] text, int from, int at, int end) {
    if (text[at] == ' ' || text[at] == '\t') {
      return refuse(at == from ? Refusal.FOLDING : Refusal.SPACE_BEFORE_COLON);
    }
    return refuseAt(text, at, end, Refusal.FIELD_NAME);
  }

  /**
   * INCOMPLETE if the next byte decides what is wrong, so that the cause does not depend on cuts.
   */
  private int refuseAt(byte[] text, int at, int end, Refusal otherwise) {
    if (text[at] == '\n') {
      return refuse(Refusal.BARE_LF);
    }
    if (text[at] != '\r') {
      return refuse(otherwise);
    }
    if (at + 1 == end) {
      return INCOMPLETE;
    }
    return refuse(text[at + 1] == '\n' ? otherwise : Refusal.BARE_CR);
  }

  /** Every line is valid by itself: what they mean together. */
  private int finish(Head filling, int end) {
    filling.setTextLength(end);
    Refusal why =
        switch (filling.kind()) {
          case REQUEST -> finishRequest(filling);
          case RESPONSE -> frame(filling);
          case TRAILERS -> finishTrailers(filling);
        };
    return why == null ? end : refuse(why);
  }

  private static @Nullable Refusal finishRequest(Head filling) {
    Refusal why = frame(filling);
    if (why != null) {
      return why;
    }
    int host = filling.first(FieldName.HOST);
    if (host < 0) {
      if (filling.minorVersion() > 0) {
        return Refusal.NO_HOST;
      }
    } else {
      if (filling.next(FieldName.HOST, host) >= 0) {
        return Refusal.TWO_HOSTS;
      }
      if (!Authority.isValid(filling.text(), filling.valueFrom(host), filling.valueTo(host))) {
        return Refusal.HOST;
      }
      filling.setAuthority(filling.valueFrom(host), filling.valueTo(host));
    }
    return target(filling, host);
  }

  /** RFC 9112 section 3.2. */
  private static @Nullable Refusal target(Head filling, int host) {
    byte[] text = filling.text();
    int from = filling.path().from();
    int to = filling.path().to();
    return switch (filling.method()) {
      case CONNECT -> {
        if (!Authority.isValid(text, from, to)) {
          yield Refusal.TARGET;
        }
        Refusal why = authority(filling, host, from, to);
        filling.setPath(to, to);
        yield why;
      }
      case OPTIONS -> text[from] == '*' && to == from + 1 ? null : path(filling, host, from, to);
      default -> path(filling, host, from, to);
    };
  }

  private static @Nullable Refusal path(Head filling, int host, int from, int to) {
    byte[] text = filling.text();
    if (text[from] == '/') {
      return null;
    }
    int authority;
    if (startsIgnoringCase(text, from, to, HTTP)) {
      authority = from + HTTP.length;
    } else if (startsIgnoringCase(text, from, to, HTTPS)) {
      authority = from + HTTPS.length;
    } else {
      return Refusal.TARGET;
    }
    int end = authority;
    while (end < to && text[end] != '/' && text[end] != '?') {
      end++;
    }
    if (!Authority.isValid(text, authority, end)) {
      return Refusal.TARGET;
    }
    Refusal why = authority(filling, host, authority, end);
    if (why != null) {
      return why;
    }
    if (end < to && text[end] == '/') {
      filling.setPath(end, to);
    } else {
      filling.setPath("/" + filling.text(end, to));
    }
    return null;
  }

  private static @Nullable Refusal authority(Head filling, int host, int from, int to) {
    if (host >= 0
        && !filling.equalsIgnoreCase(
            filling.valueFrom(host), filling.valueTo(host), filling.text(from, to))) {
      return Refusal.AUTHORITY_MISMATCH;
    }
    filling.setAuthority(from, to);
    return null;
  }

  private static @Nullable Refusal frame(Head filling) {
    int length = filling.first(FieldName.CONTENT_LENGTH);
    int encoding = filling.first(FieldName.TRANSFER_ENCODING);
    boolean request = filling.kind() == HeadKind.REQUEST;
    if (encoding >= 0) {
      if (length >= 0) {
        return Refusal.LENGTH_AND_CHUNKED;
      }
      if (filling.minorVersion() == 0
          || !filling.valueIs(encoding, "chunked")
          || filling.next(FieldName.TRANSFER_ENCODING, encoding) >= 0) {
        return Refusal.TRANSFER_ENCODING;
      }
      filling.setFraming(Framing.CHUNKED, 0);
      return null;
    }
    if (length < 0) {
      filling.setFraming(request ? Framing.NONE : Framing.UNTIL_CLOSE, 0);
      return null;
    }
    if (filling.next(FieldName.CONTENT_LENGTH, length) >= 0) {
      return Refusal.TWO_LENGTHS;
    }
    long bytes = number(filling.text(), filling.valueFrom(length), filling.valueTo(length));
    if (bytes < 0) {
      return Refusal.LENGTH;
    }
    filling.setFraming(bytes == 0 ? Framing.NONE : Framing.LENGTH, bytes);
    return null;
  }

  /** Fields that would have changed how the message was read (RFC 9110 section 6.5.1). */
  private static @Nullable Refusal finishTrailers(Head filling) {
    return filling.has(FieldName.CONTENT_LENGTH)
            || filling.has(FieldName.TRANSFER_ENCODING)
            || filling.has(FieldName.HOST)
            || filling.has(FieldName.CONNECTION)
            || filling.has(FieldName.TRAILER)
        ? Refusal.TRAILER
        : null;
  }

  /** The decimal number {@code text[from, to)}; negative if it is none or too large. */
  private static long number(byte[] text, int from, int to) {
    if (from == to || to - from > MOST_DIGITS) {
      return -1;
    }
    long value = 0;
    for (int i = from; i < to; i++) {
      if (!isDigit(text[i])) {
        return -1;
      }
      value = value * 10 + text[i] - '0';
    }
    return value;
  }

  private static boolean isVersion(byte[] text, int at) {
    return startsWith(text, at, VERSION, VERSION.length) && isDigit(text[at + VERSION.length]);
  }

  /** RFC 9110 section 2.5: a later minor version is read as the latest one that is known. */
  private static int minorVersion(byte[] text, int at) {
    return Math.min(1, text[at + VERSION.length] - '0');
  }

  private static boolean startsWith(byte[] text, int at, byte[] prefix, int length) {
    for (int i = 0; i < length; i++) {
      if (text[at + i] != prefix[i]) {
        return false;
      }
    }
    return true;
  }

  private static boolean startsIgnoringCase(byte[] text, int from, int to, byte[] prefix) {
    if (to - from < prefix.length) {
      return false;
    }
    for (int i = 0; i < prefix.length; i++) {
      if (Octets.lower(text[from + i]) != prefix[i]) {
        return false;
      }
    }
    return true;
  }

  private static boolean isDigit(byte octet) {
    return octet >= '0' && octet <= '9';
  }

  private static int find(byte[] text, char wanted, int from, int to) {
    int at = from;
    while (at < to && text[at] != wanted) {
      at++;
    }
    return at;
  }
}
