package io.terminator.core.http.message;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The head of a request or a response, or the fields after a body. The text of all names and values
 * is in one array, and a field is four positions in it, so that reading, changing and writing a
 * head creates no object per field. Names keep their case and are compared without it. The text of
 * a field that was removed or replaced stays in the array until {@link #clear}. Taken from {@link
 * Heads} and given back to it. Worker thread only.
 */
public final class Head {
  private static final int NAME = 0;
  private static final int NAME_END = 1;
  private static final int VALUE = 2;
  private static final int VALUE_END = 3;
  private static final int FIELD = 4;
  private static final FieldName[] NAMES = FieldName.values();

  private byte[] text = new byte[2048];
  private int length;
  private int[] positions = new int[FIELD * 32];
  private byte[] names = new byte[32];
  private int count;

  /** A bit for each name that may be present: most questions are for names that are not. */
  private long present;

  private HeadKind kind = HeadKind.REQUEST;
  private Method method = Method.OTHER;
  private final Span methodText = new Span();
  private final Span scheme = new Span();
  private final Span authority = new Span();
  private final Span path = new Span();
  private final Span protocol = new Span();
  private final Span reason = new Span();
  private int status;
  private int minorVersion = 1;
  private Framing framing = Framing.NONE;
  private long bodyLength;

  /** A part of a head's text. */
  public static final class Span {
    private int from;
    private int to;

    public int from() {
      return from;
    }

    public int to() {
      return to;
    }

    public int length() {
      return to - from;
    }

    public boolean isEmpty() {
      return from == to;
    }

    private void set(int start, int end) {
      from = start;
      to = end;
    }
  }

  /** Forgets everything and begins a head of {@code next}. */
  public void clear(HeadKind next) {
    kind = next;
    length = 0;
    count = 0;
    present = 0;
    method = Method.OTHER;
    methodText.set(0, 0);
    scheme.set(0, 0);
    authority.set(0, 0);
    path.set(0, 0);
    protocol.set(0, 0);
    reason.set(0, 0);
    status = 0;
    minorVersion = 1;
    framing = Framing.NONE;
    bodyLength = 0;
  }

  public HeadKind kind() {
    return kind;
  }

  // The request line, or the pseudo-header fields of HTTP/2.

  public Method method() {
    return method;
  }

  public Span methodText() {
    return methodText;
  }

  public void setMethod(Method known) {
    setMethod(known.name());
  }

  public void setMethod(CharSequence text) {
    int from = append(text);
    setMethod(from, length);
  }

  /** The method is {@code text[from, to)}. */
  public void setMethod(int from, int to) {
    methodText.set(from, to);
    method = Method.of(text, from, to);
  }

  /** {@code http} or {@code https}; empty if the request did not name it. */
  public Span scheme() {
    return scheme;
  }

  public void setScheme(CharSequence value) {
    int from = append(value);
    scheme.set(from, length);
  }

  /**
   * The host with its port, from Host, the absolute-form target or {@code :authority}. Empty if an
   * HTTP/1.0 request has none.
   */
  public Span authority() {
    return authority;
  }

  public void setAuthority(CharSequence value) {
    int from = append(value);
    authority.set(from, length);
  }

  public void setAuthority(int from, int to) {
    authority.set(from, to);
  }

  /** The path with the query; {@code *} for OPTIONS, empty for CONNECT without a protocol. */
  public Span path() {
    return path;
  }

  public void setPath(CharSequence value) {
    int from = append(value);
    path.set(from, length);
  }

  public void setPath(int from, int to) {
    path.set(from, to);
  }

  /** The protocol of an extended CONNECT (RFC 8441), or of an upgrade; empty if there is none. */
  public Span protocol() {
    return protocol;
  }

  public void setProtocol(CharSequence value) {
    int from = append(value);
    protocol.set(from, length);
  }

  // The status line.

  public int status() {
    return status;
  }

  public void setStatus(int code) {
    status = code;
  }

  /** Whether this is a response before the final one (RFC 9110 section 15.2). */
  public boolean isInterim() {
    return kind == HeadKind.RESPONSE && status >= 100 && status < 200 && status != 101;
  }

  /** The reason phrase of HTTP/1; empty if there is none. */
  public Span reason() {
    return reason;
  }

  public void setReason(CharSequence value) {
    int from = append(value);
    reason.set(from, length);
  }

  public void setReason(int from, int to) {
    reason.set(from, to);
  }

  /** 0 for a message received with HTTP/1.0, else 1. */
  public int minorVersion() {
    return minorVersion;
  }

  public void setMinorVersion(int version) {
    minorVersion = version;
  }

  // The body.

  /** How the body ends, decided by the parser or by the stream that received the head. */
  public Framing framing() {
    return framing;
  }

  /** Only with {@link Framing#LENGTH}. */
  public long bodyLength() {
    return bodyLength;
  }

  public void setFraming(Framing how, long bytes) {
    framing = how;
    bodyLength = bytes;
  }

  // The fields, in order.

  /** The number of fields. */
  public int size() {
    return count;
  }

  /** {@link FieldName#OTHER} if the name has no constant. */
  public FieldName name(int field) {
    return NAMES[names[field]];
  }

  public int nameFrom(int field) {
    return positions[field * FIELD + NAME];
  }

  public int nameTo(int field) {
    return positions[field * FIELD + NAME_END];
  }

  public int valueFrom(int field) {
    return positions[field * FIELD + VALUE];
  }

  public int valueTo(int field) {
    return positions[field * FIELD + VALUE_END];
  }

  /** The array that contains all text; replaced when it grows. */
  public byte[] text() {
    return text;
  }

  /** The number of bytes of {@link #text} in use. */
  public int textLength() {
    return length;
  }

  /** The first field with this name; -1 if there is none. */
  public int first(FieldName name) {
    return (present & 1L << name.ordinal()) == 0 ? -1 : next(name, -1);
  }

  /** The next field with this name after {@code field}; -1 if there is none. */
  public int next(FieldName name, int field) {
    byte wanted = (byte) name.ordinal();
    for (int i = field + 1; i < count; i++) {
      if (names[i] == wanted) {
        return i;
      }
    }
    return -1;
  }

  /** The first field whose name is {@code name}, ignoring case; -1 if there is none. */
  public int first(CharSequence name) {
    return next(name, -1);
  }

  /** The next field with this name after {@code field}; -1 if there is none. */
  public int next(CharSequence name, int field) {
    for (int i = field + 1; i < count; i++) {
      if (equalsIgnoreCase(nameFrom(i), nameTo(i), name)) {
        return i;
      }
    }
    return -1;
  }

  public boolean has(FieldName name) {
    return first(name) >= 0;
  }

  public int count(FieldName name) {
    int found = 0;
    for (int i = first(name); i >= 0; i = next(name, i)) {
      found++;
    }
    return found;
  }

  /** A new string with the field's value, one character per byte. */
  public String value(int field) {
    return text(valueFrom(field), valueTo(field));
  }

  /** A new string with the field's name. */
  public String nameText(int field) {
    return text(nameFrom(field), nameTo(field));
  }

  /** A new string with the text of {@code span}, one character per byte. */
  public String text(Span span) {
    return text(span.from, span.to);
  }

  /** A new string with {@code text[from, to)}, one character per byte. */
  public String text(int from, int to) {
    return new String(text, from, to - from, StandardCharsets.ISO_8859_1);
  }

  /** Whether the field's value equals {@code expected}, ignoring the case of ASCII letters. */
  public boolean valueIs(int field, CharSequence expected) {
    return equalsIgnoreCase(valueFrom(field), valueTo(field), expected);
  }

  /**
   * Whether a field with this name has {@code token} in its comma-separated list, ignoring the case
   * of ASCII letters.
   */
  public boolean hasToken(FieldName name, CharSequence token) {
    for (int field = first(name); field >= 0; field = next(name, field)) {
      int end = valueTo(field);
      int from = valueFrom(field);
      while (from < end) {
        int comma = from;
        while (comma < end && text[comma] != ',') {
          comma++;
        }
        int start = from;
        int stop = comma;
        while (start < stop && isBlank(text[start])) {
          start++;
        }
        while (start < stop && isBlank(text[stop - 1])) {
          stop--;
        }
        if (equalsIgnoreCase(start, stop, token)) {
          return true;
        }
        from = comma + 1;
      }
    }
    return false;
  }

  private static boolean isBlank(byte octet) {
    return octet == ' ' || octet == '\t';
  }

  /** Whether {@code text[from, to)} equals {@code expected}, ignoring the case of ASCII letters. */
  public boolean equalsIgnoreCase(int from, int to, CharSequence expected) {
    if (expected.length() != to - from) {
      return false;
    }
    for (int i = 0; i < to - from; i++) {
      if (Octets.lower(text[from + i] & 0xff) != Octets.lower(expected.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  /** Adds a field at the end. */
  public void add(FieldName name, CharSequence value) {
    int from = append(name.bytes(), 0, name.bytes().length);
    int nameEnd = length;
    append(": ");
    int valueFrom = append(value);
    addField(name, from, nameEnd, valueFrom, length);
    append("\r\n");
  }

  /** Adds a field at the end. */
  public void add(CharSequence name, CharSequence value) {
    int from = append(name);
    int nameEnd = length;
    append(": ");
    int valueFrom = append(value);
    addField(FieldName.of(text, from, nameEnd), from, nameEnd, valueFrom, length);
    append("\r\n");
  }

  /** Adds a field at the end with the text of two parts of arrays. */
  public void add(byte[] name, int nameFrom, int nameTo, byte[] value, int valueFrom, int valueTo) {
    int from = append(name, nameFrom, nameTo);
    int nameEnd = length;
    append(": ");
    int start = append(value, valueFrom, valueTo);
    addField(FieldName.of(text, from, nameEnd), from, nameEnd, start, length);
    append("\r\n");
  }

  /** Adds a field at the end whose name and value are parts of {@link #text}. */
  public void addField(int nameFrom, int nameTo, int valueFrom, int valueTo) {
    addField(FieldName.of(text, nameFrom, nameTo), nameFrom, nameTo, valueFrom, valueTo);
  }

  private void addField(FieldName name, int nameFrom, int nameTo, int valueFrom, int valueTo) {
    if (count == names.length) {
      names = Arrays.copyOf(names, count * 2);
      positions = Arrays.copyOf(positions, positions.length * 2);
    }
    names[count] = (byte) name.ordinal();
    present |= 1L << name.ordinal();
    int at = count * FIELD;
    positions[at + NAME] = nameFrom;
    positions[at + NAME_END] = nameTo;
    positions[at + VALUE] = valueFrom;
    positions[at + VALUE_END] = valueTo;
    count++;
  }

  /** Replaces the value of {@code field}. */
  public void setValue(int field, CharSequence value) {
    int from = append(value);
    positions[field * FIELD + VALUE] = from;
    positions[field * FIELD + VALUE_END] = length;
  }

  /** Gives {@code field} the place in the index of another name, so that it is found as that. */
  public void rename(int field, FieldName to) {
    names[field] = (byte) to.ordinal();
    present |= 1L << to.ordinal();
  }

  /** Removes the fields with this name and adds one. */
  public void set(FieldName name, CharSequence value) {
    remove(name);
    add(name, value);
  }

  /** Removes the fields with this name, ignoring case, and adds one. */
  public void set(CharSequence name, CharSequence value) {
    remove(name);
    add(name, value);
  }

  /** Removes all fields with this name. */
  public void remove(FieldName name) {
    for (int i = first(name); i >= 0; i = next(name, i - 1)) {
      remove(i);
    }
  }

  /** Removes all fields with this name, ignoring case. */
  public void remove(CharSequence name) {
    for (int i = first(name); i >= 0; i = next(name, i - 1)) {
      remove(i);
    }
  }

  /** Removes one field; those after it move up. */
  public void remove(int field) {
    int after = count - field - 1;
    System.arraycopy(names, field + 1, names, field, after);
    System.arraycopy(positions, (field + 1) * FIELD, positions, field * FIELD, after * FIELD);
    count--;
  }

  /** Appends to {@link #text} without adding a field; returns where the appended text begins. */
  public int append(CharSequence more) {
    int from = length;
    int size = more.length();
    reserve(size);
    for (int i = 0; i < size; i++) {
      text[from + i] = (byte) more.charAt(i);
    }
    length += size;
    return from;
  }

  /** Appends to {@link #text} without adding a field; returns where the appended text begins. */
  public int append(byte[] more, int from, int to) {
    int at = length;
    reserve(to - from);
    System.arraycopy(more, from, text, at, to - from);
    length += to - from;
    return at;
  }

  /** Makes room for {@code bytes} more bytes of text, which the caller then writes itself. */
  public void reserve(int bytes) {
    if (text.length - length < bytes) {
      text = Arrays.copyOf(text, Math.max(text.length * 2, length + bytes));
    }
  }

  /** The caller has written the text up to {@code end} itself. */
  public void setTextLength(int end) {
    length = end;
  }

  int capacity() {
    return text.length;
  }
}
