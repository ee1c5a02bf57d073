package io.terminator.core.http.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.core.http.message.FieldName;
import io.terminator.core.http.message.Head;
import io.terminator.core.http.message.HeadKind;
import io.terminator.core.http.message.Heads;
import io.terminator.core.trace.SpanIds;
import io.terminator.core.trace.Tracer;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TraceParentTest {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String VALID = "00-" + TRACE + "-00f067aa0ba902b7-01";
  private static final Tracer NEVER = new Tracer(0, false);
  private static final Tracer ALWAYS = new Tracer(1, false);

  private final Head head = new Heads().take(HeadKind.REQUEST);

  private static String hex(long value) {
    return String.format(Locale.ROOT, "%016x", value);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        VALID,
        "00-" + TRACE + "-00f067aa0ba902b7-03",
        "01-" + TRACE + "-00f067aa0ba902b7-01",
        "cc-" + TRACE + "-00f067aa0ba902b7-01-what-comes-later"
      })
  void joinsTheTraceOfASenderThatSamples(String text) {
    head.add(FieldName.TRACEPARENT, text);
    head.add("tracestate", "a=b");
    SpanIds ids = TraceParent.begin(head, NEVER, true);
    assertThat(ids).isNotNull();
    assertThat(hex(ids.traceHigh()) + hex(ids.traceLow())).isEqualTo(TRACE);
    assertThat(hex(ids.parent())).isEqualTo("00f067aa0ba902b7");
    TraceParent.write(head, ids);
    assertThat(head.count(FieldName.TRACEPARENT)).isEqualTo(1);
    assertThat(head.value(head.first(FieldName.TRACEPARENT)))
        .isEqualTo("00-" + TRACE + "-" + hex(ids.span()) + "-01");
    assertThat(head.value(head.first("tracestate"))).isEqualTo("a=b");
    assertThat(TraceParent.begin(head, NEVER, false)).as("not trusted").isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "00",
        "00-" + TRACE + "-00f067aa0ba902b7",
        "00-" + TRACE + "-00f067aa0ba902b7-1",
        "00-" + TRACE + "-00f067aa0ba902b7-01-more",
        "00-" + TRACE + "-00f067aa0ba902b7-01 ",
        "01-" + TRACE + "-00f067aa0ba902b7-01x",
        "ff-" + TRACE + "-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-" + TRACE + "-0000000000000000-01",
        "00_" + TRACE + "_00f067aa0ba902b7_01",
        "00-" + TRACE + "-00f067aa0ba902bg-01"
      })
  void startsAnewWhereTheFieldIsInvalid(String text) {
    head.add(FieldName.TRACEPARENT, text);
    head.add("tracestate", "a=b");
    assertThat(TraceParent.begin(head, NEVER, true)).isNull();
    SpanIds ids = TraceParent.begin(head, ALWAYS, true);
    assertThat(ids).isNotNull();
    assertThat(ids.parent()).isZero();
    assertThat(hex(ids.traceHigh())).isNotEqualTo(TRACE.substring(0, 16));
    TraceParent.write(head, ids);
    assertThat(head.count(FieldName.TRACEPARENT)).isEqualTo(1);
    assertThat(head.first("tracestate")).as("of another trace").isNegative();
  }

  @Test
  void leavesTheDecisionToASenderThatDoesNotSample() {
    head.add(FieldName.TRACEPARENT, "00-" + TRACE + "-00f067aa0ba902b7-00");
    assertThat(TraceParent.begin(head, ALWAYS, true)).isNull();
    assertThat(TraceParent.begin(head, ALWAYS, false)).isNotNull();
    assertThat(TraceParent.begin(head, new Tracer(1, true), false)).isNull();
  }
}
