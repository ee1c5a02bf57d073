package io.terminator.core.http.field;

import io.terminator.core.http.message.Head;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A field that is added to heads: its name and the parts of its value as bytes. Immutable. */
final class CompiledField {
  private static final byte[] COLON = {':', ' '};
  private static final byte[] LINE_END = {'\r', '\n'};

  private final byte[] name;
  private final byte[][] texts;
  private final @Nullable FieldVariable[] variables;

  CompiledField(String name, FieldTemplate value) {
    this.name = name.getBytes(StandardCharsets.US_ASCII);
    List<FieldTemplate.Part> parts = value.parts();
    this.texts = new byte[parts.size()][];
    this.variables = new FieldVariable[parts.size()];
    for (int i = 0; i < parts.size(); i++) {
      FieldTemplate.Part part = parts.get(i);
      variables[i] = part.variable();
      texts[i] = part.text().getBytes(StandardCharsets.US_ASCII);
    }
  }

  /** Adds the field; not if its value is empty, which is how a missing property shows. */
  void addTo(Head head, ClientFacts facts, RequestId id) {
    int from = begin(head, name);
    int valueFrom = head.textLength();
    for (int i = 0; i < texts.length; i++) {
      byte[] text = texts[i];
      FieldVariable variable = variables[i];
      if (variable == null) {
        head.append(text, 0, text.length);
      } else if (variable == FieldVariable.REQUEST_ID) {
        head.append(id.bytes(), 0, id.length());
      } else {
        byte[] value = facts.value(variable);
        head.append(value, 0, value.length);
      }
    }
    end(head, from, name.length, valueFrom);
  }

  /** Writes a name before its value; returns where it begins, for {@link #end}. */
  static int begin(Head head, byte[] name) {
    int from = head.append(name, 0, name.length);
    head.append(COLON, 0, COLON.length);
    return from;
  }

  /** Adds what was written since {@link #begin} as a field, or takes it back if it is empty. */
  static void end(Head head, int from, int nameLength, int valueFrom) {
    int valueTo = head.textLength();
    if (valueTo == valueFrom) {
      head.setTextLength(from);
      return;
    }
    head.addField(from, from + nameLength, valueFrom, valueTo);
    head.append(LINE_END, 0, LINE_END.length);
  }
}
