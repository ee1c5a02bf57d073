package io.terminator.core.http.exchange;

import io.terminator.core.http.message.FieldName;
import io.terminator.core.http.message.Head;
import io.terminator.core.trace.SpanIds;
import io.terminator.core.trace.Tracer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** The fields {@code traceparent} and {@code tracestate} of requests (W3C Trace Context). */
final class TraceParent {
  private static final String STATE = "tracestate";
  private static final int LENGTH = 55;
  private static final int TRACE_FROM = 3;
  private static final int SPAN_FROM = 36;
  private static final int FLAGS_FROM = 53;
  private static final int SAMPLED = 1;

  private TraceParent() {}

  /**
   * The span of a request; null if it has none. The sender decides for its own trace if it may,
   * else the ratio decides.
   */
  static @Nullable SpanIds begin(Head request, Tracer tracer, boolean isTrusted) {
    if (isTrusted || tracer.isAnyParent()) {
      int field = request.first(FieldName.TRACEPARENT);
      if (field >= 0
          && request.next(FieldName.TRACEPARENT, field) < 0
          && isValid(request.text(), request.valueFrom(field), request.valueTo(field))) {
        return parent(request.value(field));
      }
    }
    SpanIds root = SpanIds.root();
    return tracer.samples(root.traceLow()) ? root : null;
  }

  private static @Nullable SpanIds parent(String text) {
    long high = hex(text, TRACE_FROM);
    long low = hex(text, TRACE_FROM + 16);
    long span = hex(text, SPAN_FROM);
    int flags = HexFormat.fromHexDigits(text, FLAGS_FROM, LENGTH);
    return (flags & SAMPLED) == 0 ? null : SpanIds.below(high, low, span);
  }

  private static long hex(String text, int from) {
    return HexFormat.fromHexDigitsToLong(text, from, from + 16);
  }

  /** A later version may have more after the part that every version has. */
  private static boolean isValid(byte[] text, int from, int to) {
    if (to - from < LENGTH) {
      return false;
    }
    for (int i = 0; i < LENGTH; i++) {
      boolean dash = i == 2 || i == SPAN_FROM - 1 || i == FLAGS_FROM - 1;
      byte c = text[from + i];
      if (dash ? c != '-' : !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f')) {
        return false;
      }
    }
    boolean first = text[from] == '0' && text[from + 1] == '0';
    boolean invalid = text[from] == 'f' && text[from + 1] == 'f';
    return !invalid
        && (to - from == LENGTH || !first && text[from + LENGTH] == '-')
        && !isZero(text, from + TRACE_FROM, from + SPAN_FROM - 1)
        && !isZero(text, from + SPAN_FROM, from + FLAGS_FROM - 1);
  }

  private static boolean isZero(byte[] text, int from, int to) {
    for (int i = from; i < to; i++) {
      if (text[i] != '0') {
        return false;
      }
    }
    return true;
  }

  /** Makes {@code ids} the parent of what the server does. */
  static void write(Head request, SpanIds ids) {
    byte[] text = new byte[LENGTH];
    text[0] = '0';
    text[1] = '0';
    text[2] = '-';
    put(text, TRACE_FROM, ids.traceHigh());
    put(text, TRACE_FROM + 16, ids.traceLow());
    text[SPAN_FROM - 1] = '-';
    put(text, SPAN_FROM, ids.span());
    text[FLAGS_FROM - 1] = '-';
    text[FLAGS_FROM] = '0';
    text[FLAGS_FROM + 1] = '0' + SAMPLED;
    request.set(FieldName.TRACEPARENT, new String(text, StandardCharsets.US_ASCII));
    if (ids.parent() == 0) {
      // It belongs to the trace that ours is not a part of.
      request.remove(STATE);
    }
  }

  private static void put(byte[] text, int at, long value) {
    for (int i = 0; i < 16; i++) {
      text[at + i] = (byte) Character.forDigit((int) (value >>> (60 - 4 * i)) & 0xf, 16);
    }
  }
}
