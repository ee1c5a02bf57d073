package io.terminator.admin.config.format;

import io.terminator.core.setting.DataSize;
import io.terminator.core.setting.Endpoint;
import io.terminator.core.setting.Secret;
import io.terminator.core.setting.TimeSpan;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The kinds that all features share. Kinds that access the file system are in {@link Paths}. */
public final class Kinds {
  private static final String VARIABLE = "\\$\\{";

  private Kinds() {}

  /**
   * Text that {@code parser} accepts. The parser throws IllegalArgumentException with a message for
   * the operator.
   */
  public static <T> Kind<T> parsed(
      String expected,
      @Nullable String pattern,
      Function<String, T> parser,
      Function<T, String> speller) {
    return new ParsedKind<>(new Form.Text(expected, pattern), parser, speller);
  }

  /**
   * As {@link #parsed}, for text with variables of its own, whose names have a dot: {@code
   * ${tls.sni}} reaches the parser as written.
   */
  public static <T> Kind<T> template(
      String expected, Function<String, T> parser, Function<T, String> speller) {
    return new ParsedKind<>(new Form.Text(expected, null), parser, speller, true);
  }

  /** A map from names, each of which {@code check} accepts, to values; may be empty. */
  public static <T> Kind<Map<String, T>> map(
      String noun, String expected, Predicate<String> check, Kind<T> kind) {
    return new MapKind<>(noun, expected, check, kind);
  }

  /**
   * Letters, digits, dots, dashes and underscores: suitable for a metric label and a path of the
   * API.
   */
  public static Kind<String> name() {
    return parsed(
        "a name of 1 to 63 letters, digits, '-', '_' or '.'",
        NAME_PATTERN,
        text -> require(text, isName(text)),
        text -> text);
  }

  /** The name of something declared in {@code names}. */
  public static Kind<String> reference(Names names) {
    return new ReferenceKind(names);
  }

  /**
   * Zero is valid only if {@code least} is zero. The description of the key says what zero means.
   */
  public static Kind<Duration> duration(String least, String most) {
    Duration from = TimeSpan.parse(least);
    Duration to = TimeSpan.parse(most);
    String expected = "a duration from " + least + " to " + most + ", such as 5s or 200ms";
    return parsed(
        expected,
        "^(0|[0-9]+(ms|s|m|h|d)|.*" + VARIABLE + ".*)$",
        text -> {
          Duration parsed = TimeSpan.parse(text);
          require(text, parsed.compareTo(from) >= 0 && parsed.compareTo(to) <= 0);
          return parsed;
        },
        TimeSpan::spell);
  }

  /** As {@link #duration}, and additionally 0 for "never". */
  public static Kind<Duration> durationOrZero(String least, String most) {
    Kind<Duration> bounded = duration(least, most);
    return parsed(
        bounded.form().expected() + ", or 0 for no limit",
        "^(0|[0-9]+(ms|s|m|h|d)|.*" + VARIABLE + ".*)$",
        text -> {
          Duration parsed = TimeSpan.parse(text);
          require(
              text,
              parsed.isZero()
                  || (parsed.compareTo(TimeSpan.parse(least)) >= 0
                      && parsed.compareTo(TimeSpan.parse(most)) <= 0));
          return parsed;
        },
        TimeSpan::spell);
  }

  public static Kind<DataSize> size(String least, String most) {
    long from = DataSize.parse(least).bytes();
    long to = DataSize.parse(most).bytes();
    return parsed(
        "a size from " + least + " to " + most + ", such as 64KiB or 1MiB",
        "^([0-9]+ *(B|KiB|MiB|GiB|TiB)?|.*" + VARIABLE + ".*)$",
        text -> {
          DataSize parsed = DataSize.parse(text);
          require(text, parsed.bytes() >= from && parsed.bytes() <= to);
          return parsed;
        },
        DataSize::toString);
  }

  /** As {@link #size}, and additionally 0 for "no limit". */
  public static Kind<DataSize> sizeOrZero(String least, String most) {
    long from = DataSize.parse(least).bytes();
    long to = DataSize.parse(most).bytes();
    return parsed(
        size(least, most).form().expected() + ", or 0B for no limit",
        "^([0-9]+ *(B|KiB|MiB|GiB|TiB)?|.*" + VARIABLE + ".*)$",
        text -> {
          DataSize parsed = DataSize.parse(text);
          require(text, parsed.bytes() == 0 || (parsed.bytes() >= from && parsed.bytes() <= to));
          return parsed;
        },
        DataSize::toString);
  }

  public static Kind<Integer> whole(int least, int most) {
    return new ParsedKind<>(
        new Form.Whole(least, most),
        text -> {
          require(text, text.matches("-?\\d{1,10}"));
          refuseOctal(text);
          long parsed = Long.parseLong(text);
          require(text, parsed >= least && parsed <= most);
          return (int) parsed;
        },
        String::valueOf);
  }

  /** Throws for a number with a leading zero, which YAML 1.1 reads as octal. */
  public static void refuseOctal(String text) {
    if (text.matches("-?0\\d+")) {
      throw new UnfitException("remove the leading zero: YAML 1.1 reads such a number as octal");
    }
  }

  public static Kind<Boolean> flag() {
    return new ParsedKind<>(
        new Form.Flag(),
        text -> {
          require(text, text.equals("true") || text.equals("false"));
          return Boolean.valueOf(text);
        },
        String::valueOf);
  }

  /** Enum constants in lower case with dashes. */
  public static <E extends Enum<E>> Kind<E> choice(Class<E> type) {
    return choice(
        List.of(type.getEnumConstants()),
        constant -> constant.name().toLowerCase(Locale.ROOT).replace('_', '-'));
  }

  public static <T> Kind<T> choice(List<T> values, Function<T, String> label) {
    return choice(values, label, new Form.Choice(values.stream().map(label).toList()));
  }

  /** As above, if values other than {@code values} are possible: messages expect {@code form}. */
  public static <T> Kind<T> choice(List<T> values, Function<T, String> label, Form form) {
    Map<String, T> byLabel = new LinkedHashMap<>();
    values.forEach(value -> byLabel.put(label.apply(value), value));
    List<String> labels = List.copyOf(byLabel.keySet());
    return new ParsedKind<>(
        form,
        text -> {
          T found = byLabel.get(text);
          if (found == null) {
            String near = Nearest.to(text, labels);
            throw new UnfitException(near == null ? "" : "did you mean " + Quoted.of(near) + "?");
          }
          return found;
        },
        label);
  }

  /** An address to connect to: a host and a port, or a unix socket. */
  public static Kind<Endpoint> target() {
    return parsed(
        "host:port, [ipv6]:port or unix:/path, such as 10.0.0.1:8080",
        null,
        text -> {
          Endpoint endpoint = Endpoint.parse(text);
          if (endpoint instanceof Endpoint.Inet inet) {
            if (inet.host().isBlank() || inet.port() == 0) {
              throw new IllegalArgumentException(
                  '"'
                      + text
                      + "\" has no "
                      + (inet.port() == 0 ? "port above 0" : "host")
                      + " (expected: both)");
            }
          }
          require(text, !(endpoint instanceof Endpoint.Inherited));
          return checked(text, endpoint);
        },
        Endpoint::toString);
  }

  /**
   * An address to listen on: an address of this machine and a port. With port 0 the system chooses
   * one.
   */
  public static Kind<Endpoint> bind() {
    return parsed(
        "address:port, [ipv6]:port, :port or unix:/path, such as 0.0.0.0:8443",
        null,
        text -> {
          Endpoint endpoint = checked(text, Endpoint.parse(text));
          // Access to an abstract socket cannot be restricted.
          require(
              text,
              endpoint instanceof Endpoint.Inet
                  || endpoint instanceof Endpoint.Unix unix && !unix.isAbstract());
          return endpoint;
        },
        Endpoint::toString);
  }

  /**
   * As {@link #bind}, and additionally addresses that every local user can connect to, and
   * inherited sockets.
   */
  public static Kind<Endpoint> serviceBind() {
    return parsed(
        "address:port, [ipv6]:port, :port, unix:/path, unix:@name or systemd:name, such as 0.0.0.0:8443",
        null,
        text -> checked(text, Endpoint.parse(text)),
        Endpoint::toString);
  }

  /** As {@link #bind}, but without unix sockets. */
  public static Kind<Endpoint.Inet> inetBind() {
    return parsed(
        "address:port, [ipv6]:port or :port, such as 0.0.0.0:80",
        null,
        text -> {
          if (checked(text, Endpoint.parse(text)) instanceof Endpoint.Inet inet) {
            return inet;
          }
          throw unfit();
        },
        Endpoint.Inet::toString);
  }

  /** An absolute path after {@code prefix}, whether or not it exists. */
  public static Kind<Path> pathAfter(String prefix, String example) {
    Kind<Path> parsed =
        parsed(
            prefix + "PATH with an absolute path, such as " + prefix + example,
            "^(" + prefix + "/.+|.*" + VARIABLE + ".*)$",
            text -> {
              require(text, text.startsWith(prefix + "/"));
              return Path.of(text.substring(prefix.length()));
            },
            path -> prefix + path);
    return new Kind<>() {
      @Override
      public @Nullable Path read(Value value) {
        Path path = parsed.read(value);
        return path == null || Paths.isAllowed(value, path) ? path : null;
      }

      @Override
      public Form form() {
        return parsed.form();
      }

      @Override
      public String spell(Path value) {
        return parsed.spell(value);
      }
    };
  }

  /** Text that is never quoted in a message. */
  public static Kind<Secret> secret() {
    return new Kind<>() {
      @Override
      public @Nullable Secret read(Value value) {
        value.reading().hide(value.place());
        String text = value.text(form());
        return text == null ? null : new Secret(text);
      }

      @Override
      public Form form() {
        return new Form.Text("a secret, best from a variable such as ${KEY_PASSWORD}", null);
      }

      @Override
      public String spell(Secret value) {
        return value.toString();
      }
    };
  }

  /** At least {@code least} items. Items with problems are left out. */
  public static <T> Kind<List<T>> list(Kind<T> item, int least) {
    return new ListKind<>(item, least, false);
  }

  /** As {@link #list}, but without duplicates. */
  public static <T> Kind<List<T>> distinct(Kind<T> item) {
    return new ListKind<>(item, 1, true);
  }

  /** A map from names, which are declared as {@code names}, to values. At least one entry. */
  public static <T> Kind<Map<String, T>> table(Names names, Kind<T> kind) {
    return new TableKind<>(names, kind);
  }

  /** One kind each for text, list and map; null for a type that is not accepted. */
  public static <T> Kind<T> either(
      @Nullable Kind<? extends T> text,
      @Nullable Kind<? extends T> list,
      @Nullable Kind<? extends T> map,
      Function<T, String> speller) {
    return new EitherKind<>(text, list, map, speller);
  }

  /** Converts a value to another type. */
  public static <S, T> Kind<T> mapped(
      Kind<S> kind, Function<S, T> to, Function<T, String> speller) {
    return new Kind<>() {
      @Override
      public @Nullable T read(Value value) {
        S read = kind.read(value);
        return read == null ? null : to.apply(read);
      }

      @Override
      public Form form() {
        return kind.form();
      }

      @Override
      public String spell(T value) {
        return speller.apply(value);
      }
    };
  }

  /**
   * Converts a value with its text in the file, for messages: the value may come from a variable.
   */
  public static <S, T> Kind<T> written(
      Kind<S> kind, BiFunction<S, String, T> to, Function<T, S> from) {
    return new Kind<>() {
      @Override
      public @Nullable T read(Value value) {
        S read = kind.read(value);
        return read == null ? null : to.apply(read, value.raw());
      }

      @Override
      public Form form() {
        return kind.form();
      }

      @Override
      public String spell(T value) {
        return kind.spell(from.apply(value));
      }
    };
  }

  private static final String NAME_PATTERN = "^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$";

  static boolean isName(String text) {
    return text.matches(NAME_PATTERN);
  }

  /** Names are resolved later, which is when errors show; but no name contains these characters. */
  private static Endpoint checked(String text, Endpoint endpoint) {
    if (endpoint instanceof Endpoint.Inet inet) {
      require(text, inet.host().matches("[A-Za-z0-9._:%-]*"));
    }
    return endpoint;
  }

  private static String require(String text, boolean right) {
    if (!right) {
      throw new UnfitException("");
    }
    return text;
  }

  /** For a parser whose kind already describes the expectation. */
  public static IllegalArgumentException unfit() {
    return new UnfitException("");
  }
}
