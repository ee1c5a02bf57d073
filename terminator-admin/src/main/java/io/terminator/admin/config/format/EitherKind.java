package io.terminator.admin.config.format;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A value that is read by one kind as text, by another as a list, and by a third as a map. */
record EitherKind<T>(
    @Nullable Kind<? extends T> text,
    @Nullable Kind<? extends T> list,
    @Nullable Kind<? extends T> map,
    Function<T, String> speller)
    implements Kind<T> {
  @Override
  public @Nullable T read(Value value) {
    Kind<? extends T> fit = value.isMap() ? map : value.isList() ? list : text;
    if (value.refuses(form(), fit != null) || fit == null) {
      return null;
    }
    return fit.read(value);
  }

  @Override
  public Form form() {
    List<Form> forms = new ArrayList<>();
    add(forms, text);
    add(forms, list);
    add(forms, map);
    return new Form.Either(forms);
  }

  private static void add(List<Form> forms, @Nullable Kind<?> kind) {
    if (kind != null) {
      forms.add(kind.form());
    }
  }

  @Override
  public String spell(T value) {
    return speller.apply(value);
  }
}
