package io.terminator.admin.config.format;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The syntax of a value, for messages, the reference page and the JSON Schema. */
public sealed interface Form {

  /** Completes the sentence "expected ...". */
  String expected();

  /**
   * {@code pattern} is a regular expression in the dialect of JSON Schema; null if none describes
   * the text.
   */
  record Text(String expected, @Nullable String pattern) implements Form {}

  record Choice(List<String> labels) implements Form {
    public Choice {
      labels = List.copyOf(labels);
    }

    @Override
    public String expected() {
      return or(labels);
    }
  }

  record Whole(long least, long most) implements Form {
    @Override
    public String expected() {
      return "a whole number from " + least + " to " + most;
    }
  }

  record Flag() implements Form {
    @Override
    public String expected() {
      return "true or false";
    }
  }

  record Items(Form of, int least) implements Form {
    @Override
    public String expected() {
      return "a list; each of its items " + of.expected();
    }
  }

  /** A map of at least {@code least} free names to values of one kind. */
  record Table(String name, Form of, int least) implements Form {
    @Override
    public String expected() {
      return "a map of " + name + " to " + of.expected();
    }
  }

  /** A map with fixed keys. */
  record Keys(Shape<?> shape) implements Form {
    @Override
    public String expected() {
      return "a map with the keys " + String.join(", ", shape.keyNames());
    }
  }

  record Either(List<Form> forms) implements Form {
    public Either {
      forms = List.copyOf(forms);
    }

    @Override
    public String expected() {
      return forms.stream().map(Form::expected).collect(Collectors.joining(", or "));
    }
  }

  static String or(List<String> words) {
    int last = words.size() - 1;
    return last < 1
        ? String.join("", words)
        : String.join(", ", words.subList(0, last)) + " or " + words.get(last);
  }
}
