package io.terminator.core.http.h2;

import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.util.AsciiString;
import io.terminator.core.http.message.FieldName;
import io.terminator.core.http.message.Head;
import io.terminator.core.http.message.HeadKind;
import io.terminator.core.http.message.Method;
import io.terminator.core.http.message.Octets;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * Shows a head to the compression as fields of HTTP/2: pseudo-header fields first, names in lower
 * case, without the fields that belong to a connection of HTTP/1.1 (RFC 9113 section 8.2.2). The
 * fields are valid only until the next one is read. One per worker, used within one call.
 */
final class OutgoingFields extends DefaultHttp2Headers
    implements Iterator<Map.Entry<CharSequence, CharSequence>>,
        Map.Entry<CharSequence, CharSequence> {
  private static final AsciiString METHOD = AsciiString.cached(":method");
  private static final AsciiString SCHEME = AsciiString.cached(":scheme");
  private static final AsciiString AUTHORITY = AsciiString.cached(":authority");
  private static final AsciiString PATH = AsciiString.cached(":path");
  private static final AsciiString PROTOCOL = AsciiString.cached(":protocol");
  private static final AsciiString STATUS = AsciiString.cached(":status");
  private static final AsciiString HTTPS = AsciiString.cached("https");
  private static final AsciiString TE = AsciiString.cached("te");
  private static final AsciiString TRAILERS = AsciiString.cached("trailers");
  private static final AsciiString ANY = AsciiString.cached("*");
  private static final AsciiString[] STATUSES = new AsciiString[1000];

  static {
    for (int status = 100; status < STATUSES.length; status++) {
      STATUSES[status] = AsciiString.cached(Integer.toString(status));
    }
  }

  private static final int FIELDS = 5;

  private @Nullable Head head;
  private byte[] lower = new byte[256];
  private AsciiString key = AsciiString.EMPTY_STRING;
  private AsciiString value = AsciiString.EMPTY_STRING;
  private int step;
  private int field;
  private boolean ready;
  private boolean trailersShown;

  OutgoingFields() {
    super(false, false, 2);
  }

  void begin(Head from) {
    head = from;
    step = 0;
    field = 0;
    ready = false;
    trailersShown = false;
  }

  void finish() {
    head = null;
  }

  @Override
  public Iterator<Map.Entry<CharSequence, CharSequence>> iterator() {
    return this;
  }

  @Override
  public boolean hasNext() {
    Head from = head;
    while (!ready && from != null) {
      if (step < FIELDS) {
        ready = findPseudo(from, step++);
      } else if (field < from.size()) {
        ready = findField(from, field++);
      } else if (from.kind() == HeadKind.REQUEST && !trailersShown) {
        // Trailers of a response are always passed on, and gRPC requires the field.
        trailersShown = true;
        ready = show(TE, TRAILERS);
      } else {
        return false;
      }
    }
    return ready;
  }

  @Override
  public Map.Entry<CharSequence, CharSequence> next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    ready = false;
    return this;
  }

  @Override
  public CharSequence getKey() {
    return key;
  }

  @Override
  public CharSequence getValue() {
    return value;
  }

  @Override
  public CharSequence setValue(CharSequence unused) {
    throw new UnsupportedOperationException();
  }

  private boolean findPseudo(Head from, int which) {
    if (from.kind() == HeadKind.TRAILERS) {
      return false;
    }
    if (from.kind() == HeadKind.RESPONSE) {
      return which == 0 && show(STATUS, STATUSES[from.status()]);
    }
    boolean connect = from.method() == Method.CONNECT && from.protocol().isEmpty();
    return switch (which) {
      case 0 -> show(METHOD, view(from, from.methodText()));
      case 1 ->
          !connect && show(SCHEME, from.scheme().isEmpty() ? HTTPS : view(from, from.scheme()));
      case 2 -> !from.authority().isEmpty() && show(AUTHORITY, view(from, from.authority()));
      case 3 -> !connect && show(PATH, from.path().isEmpty() ? ANY : view(from, from.path()));
      default -> !from.protocol().isEmpty() && show(PROTOCOL, view(from, from.protocol()));
    };
  }

  private boolean findField(Head from, int which) {
    FieldName name = from.name(which);
    switch (name) {
      case CONNECTION,
          KEEP_ALIVE,
          PROXY_CONNECTION,
          TE,
          TRANSFER_ENCODING,
          UPGRADE,
          HTTP2_SETTINGS -> {
        return false;
      }
      case HOST -> {
        if (from.kind() == HeadKind.REQUEST) {
          return false;
        }
      }
      default -> {}
    }
    return show(
        lowerName(from, which),
        new AsciiString(
            from.text(),
            from.valueFrom(which),
            from.valueTo(which) - from.valueFrom(which),
            false));
  }

  private AsciiString lowerName(Head from, int which) {
    int start = from.nameFrom(which);
    int length = from.nameTo(which) - start;
    if (lower.length < length) {
      lower = new byte[length];
    }
    byte[] text = from.text();
    for (int i = 0; i < length; i++) {
      lower[i] = (byte) Octets.lower(text[start + i]);
    }
    return new AsciiString(lower, 0, length, false);
  }

  private static AsciiString view(Head from, Head.Span span) {
    return new AsciiString(from.text(), span.from(), span.length(), false);
  }

  private boolean show(AsciiString name, AsciiString text) {
    key = name;
    value = text;
    return true;
  }
}
