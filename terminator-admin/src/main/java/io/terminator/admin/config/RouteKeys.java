package io.terminator.admin.config;

import io.terminator.admin.config.format.Key;
import io.terminator.admin.config.format.Kind;
import io.terminator.admin.config.format.Kinds;
import io.terminator.admin.config.format.Names;
import io.terminator.admin.config.format.Section;
import io.terminator.admin.config.format.Shape;
import io.terminator.core.route.RouteConfig;
import io.terminator.core.route.RouteMode;
import io.terminator.core.setting.Cidr;
import io.terminator.core.setting.HostPattern;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** {@code listeners[].routes[]}. */
final class RouteKeys {
  static final Kind<List<HostPattern>> NAMES_KIND =
      oneOrMore(
          Kinds.parsed(HostPattern.EXPECTED, null, HostPattern::parse, HostPattern::toString));

  private static final Key<List<HostPattern>> SNI =
      Key.absent(
          "sni",
          NAMES_KIND,
          "any, or none",
          "Server names (SNI) that match. A wildcard does not match example.com itself.");

  private static final Key<List<String>> ALPN =
      Key.absent(
          "alpn",
          oneOrMore(TlsKeys.PROTOCOL_KIND),
          "any, or none",
          "With mode terminate: the negotiated protocol. With passthrough: the protocols"
              + " that the client offers.");

  private static final Key<List<Cidr>> SOURCE =
      Key.absent("source", oneOrMore(Addresses.BLOCK_KIND), "any", "Client addresses that match.");

  private static final Key<RouteMode> MODE =
      Key.optional(
          "mode",
          Kinds.choice(
              List.of(RouteMode.TERMINATE, RouteMode.PASSTHROUGH),
              mode -> mode.name().toLowerCase(Locale.ROOT)),
          RouteMode.TERMINATE,
          "With passthrough, the TLS bytes are forwarded unchanged from the ClientHello"
              + " on, and the backend does the handshake.");

  private static final Key<String> BACKEND =
      Key.required("backend", Kinds.reference(Names.BACKEND), "The backend of this route.");

  static final Shape<RouteConfig> SHAPE =
      new Shape<>(
          "A route. All of its conditions must match.",
          List.of(SNI, ALPN, SOURCE, MODE, BACKEND),
          RouteKeys::map);

  private RouteKeys() {}

  private static RouteConfig map(Section section) {
    return new RouteConfig(
        orEmpty(section.find(SNI)),
        orEmpty(section.find(ALPN)),
        orEmpty(section.find(SOURCE)),
        section.get(MODE),
        section.get(BACKEND));
  }

  /** A single item needs no brackets. */
  static <T> Kind<List<T>> oneOrMore(Kind<T> item) {
    return Kinds.either(
        Kinds.mapped(item, List::of, list -> item.spell(list.get(0))),
        Kinds.distinct(item),
        null,
        list -> String.join(", ", list.stream().map(item::spell).toList()));
  }

  /** A host name without a wildcard. */
  static String plainName(String text) {
    HostPattern name = HostPattern.parse(text);
    if (!name.isExact()) {
      throw Kinds.unfit();
    }
    return name.toString();
  }

  private static <T> List<T> orEmpty(@Nullable List<T> list) {
    return list == null ? List.of() : list;
  }
}
