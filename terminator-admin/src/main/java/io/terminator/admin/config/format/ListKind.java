package io.terminator.admin.config.format;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Values of one kind, in order. Items with problems are left out; the result is null if fewer than
 * {@code least} remain. {@code distinct} allows each value once.
 */
record ListKind<T>(Kind<T> item, int least, boolean distinct) implements Kind<List<T>> {
  @Override
  public @Nullable List<T> read(Value value) {
    if (value.refuses(form(), value.isList())) {
      return null;
    }
    List<Value> items = value.items();
    if (items.size() < least) {
      value.wrong("is an empty list", "at least one item", "add one");
      return null;
    }
    List<T> read = new ArrayList<>();
    for (Value one : items) {
      if (value.reading().isFull()) {
        break;
      }
      T usable = item.read(one);
      if (usable != null) {
        read.add(usable);
      }
    }
    if (distinct && read.size() > 1 && read.stream().distinct().count() < read.size()) {
      value.wrong("lists " + repeated(read) + " twice", "each item once", "remove one");
    }
    // Too few items: the problem of each unusable item has already been reported.
    return read.size() < least ? null : read;
  }

  @Override
  public Form form() {
    return new Form.Items(item.form(), least);
  }

  @Override
  public String spell(List<T> value) {
    return "[" + String.join(", ", value.stream().map(item::spell).toList()) + "]";
  }

  private String repeated(List<T> read) {
    List<T> left = new ArrayList<>(read);
    read.stream().distinct().forEach(left::remove);
    return Quoted.of(item.spell(left.get(0)));
  }
}
