package io.terminator.admin.config;

import io.terminator.admin.config.format.Key;
import io.terminator.admin.config.format.Kind;
import io.terminator.admin.config.format.Kinds;
import io.terminator.admin.config.format.Names;
import io.terminator.admin.config.format.Section;
import io.terminator.core.setting.Cidr;
import io.terminator.core.setting.Endpoint;
import java.util.Locale;

/** Checks that apply across all keys with a listening address. */
final class Addresses {
  /** Addresses from which clients or proxies connect. */
  static final Kind<Cidr> BLOCK_KIND =
      Kinds.parsed(
          "an address or a network without host bits, such as 10.0.0.0/8 or 2001:db8::/32",
          null,
          Cidr::parse,
          Cidr::toString);

  private Addresses() {}

  /**
   * Declares an address as taken. All spellings of the wildcard address are the same: with
   * SO_REUSEPORT two listeners on it would not fail, but share the clients at random.
   */
  static void declare(Section section, Endpoint bind, Key<?> key) {
    if (!(bind instanceof Endpoint.Inet inet)) {
      section.declare(Names.ADDRESS, bind.toString(), key);
    } else if (inet.port() != 0) {
      boolean any = inet.host().isEmpty() || inet.host().matches("0\\.0\\.0\\.0|[0:]*:[0:]*");
      String host = any ? "*" : inet.host().toLowerCase(Locale.ROOT);
      section.declare(Names.ADDRESS, host + ":" + inet.port(), key);
    }
  }

  /**
   * Whether only this machine can reach the address. Names other than localhost may resolve to any
   * address.
   */
  static boolean isLoopback(Endpoint.Inet bind) {
    return bind.host().equalsIgnoreCase("localhost")
        || bind.host().matches("127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}")
        || bind.host().matches("(0{0,4}:){1,7}0{0,3}1");
  }
}
