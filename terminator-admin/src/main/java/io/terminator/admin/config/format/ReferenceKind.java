package io.terminator.admin.config.format;

import org.jspecify.annotations.Nullable;

/** A reference to a name that is declared elsewhere in the file. */
record ReferenceKind(Names names) implements Kind<String> {
  @Override
  public @Nullable String read(Value value) {
    String text = value.text(form());
    if (text != null) {
      value.reading().refer(names, text, value.place());
    }
    return text;
  }

  @Override
  public Form form() {
    return new Form.Text("the name of a " + names.noun(), null);
  }

  @Override
  public String spell(String value) {
    return value;
  }
}
