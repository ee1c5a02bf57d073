package io.terminator.admin.config;

import io.netty.util.NetUtil;
import io.terminator.admin.config.format.Key;
import io.terminator.admin.config.format.Kind;
import io.terminator.admin.config.format.Kinds;
import io.terminator.admin.config.format.Names;
import io.terminator.admin.config.format.Reading;
import io.terminator.admin.config.format.Section;
import io.terminator.admin.config.format.Shape;
import io.terminator.core.route.RouteMode;
import io.terminator.core.setting.Cidr;
import io.terminator.core.setting.HostPattern;
import java.util.ArrayList;
import java.util.List;
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

  static final Key<RouteMode> MODE =
      Key.absent(
          "mode",
          Kinds.choice(RouteMode.class),
          "http on a listener with http, else terminate",
          "With terminate, the backend gets the decrypted bytes of the connection as they are. With"
              + " passthrough, the TLS bytes are forwarded unchanged from the ClientHello on, and"
              + " the backend does the handshake. With http, requests are routed one by one.");

  static final Key<String> BACKEND =
      Key.absent(
          "backend",
          Kinds.reference(Names.BACKEND),
          "required, unless there is redirect or respond",
          "The backend of this route.");

  static final Shape<WrittenRoute> SHAPE =
      new Shape<>("A route. All of its conditions must match.", keys(), RouteKeys::map);

  private RouteKeys() {}

  private static List<Key<?>> keys() {
    List<Key<?>> keys = new ArrayList<>(List.of(SNI, ALPN, SOURCE, MODE, BACKEND));
    keys.addAll(HttpRouteKeys.KEYS);
    return keys;
  }

  private static WrittenRoute map(Section section) {
    warnOfAddresses(section, SNI);
    return new WrittenRoute(
        orEmpty(section.find(SNI)),
        orEmpty(section.find(ALPN)),
        orEmpty(section.find(SOURCE)),
        section.find(MODE),
        section.find(HttpRouteKeys.NAME),
        orEmpty(section.find(HttpRouteKeys.HOST)),
        HttpRouteKeys.path(section),
        orEmpty(section.find(HttpRouteKeys.METHOD)),
        orEmpty(section.find(HttpRouteKeys.HEADER)),
        HttpRouteKeys.action(section, BACKEND),
        section.find(HttpRouteKeys.RATE));
  }

  /** A client that connects to an address sends no SNI (RFC 6066 section 3). */
  static void warnOfAddresses(Section section, Key<List<HostPattern>> key) {
    Reading reading = section.reading();
    for (HostPattern name : orEmpty(section.find(key))) {
      if (reading != null && NetUtil.isValidIpV4Address(name.toString())) {
        reading.warning(
            section.placeOf(key),
            "\"" + name + "\" matches no client: SNI holds no addresses",
            "a host name",
            "use the name, or a listener that is bound to the address");
      }
    }
  }

  /** A single item needs no brackets. */
  static <T> Kind<List<T>> oneOrMore(Kind<T> item) {
    return Kinds.either(
        Kinds.mapped(item, List::of, list -> item.spell(list.get(0))),
        Kinds.distinct(item),
        null,
        list -> String.join(", ", list.stream().map(item::spell).toList()));
  }

  /** As {@link #oneOrMore}, or an empty list. */
  static <T> Kind<List<T>> anyNumberOf(Kind<T> item) {
    return Kinds.either(
        Kinds.mapped(item, List::of, list -> item.spell(list.get(0))),
        Kinds.list(item, 0),
        null,
        list -> "[" + String.join(", ", list.stream().map(item::spell).toList()) + "]");
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
