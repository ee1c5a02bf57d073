package io.terminator.core.route;

import io.terminator.core.setting.Cidr;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One entry of a listener's routes. An empty list matches every client. {@code sni} holds names in lower case; a leading
 * {@code *.} stands for exactly one label.
 */
public record RouteConfig(
    List<String> sni, List<String> alpn, List<Cidr> sources, RouteMode mode, String backend) {
  public RouteConfig {
    sni = List.copyOf(sni);
    alpn = List.copyOf(alpn);
    sources = List.copyOf(sources);
  }

  /** Matches every client. */
  public static RouteConfig toAll(String backend) {
    return new RouteConfig(List.of(), List.of(), List.of(), RouteMode.TERMINATE, backend);
  }

  /** Whether {@code later}, placed below this route, would never match a client. */
  public boolean covers(RouteConfig later) {
    return (sni.isEmpty() || (!later.sni.isEmpty() && later.sni.stream().allMatch(this::names)))
        && (alpn.isEmpty()
            || (!later.alpn.isEmpty() && seesAlpnOf(later) && alpn.containsAll(later.alpn)))
        && (sources.isEmpty()
            || (!later.sources.isEmpty()
                && later.sources.stream()
                    .allMatch(block -> sources.stream().anyMatch(own -> own.covers(block)))));
  }

  /** A passthrough route examines all offered protocols, a terminating route only the one that would be negotiated. */
  private boolean seesAlpnOf(RouteConfig later) {
    return mode == later.mode || mode == RouteMode.PASSTHROUGH;
  }

  /** Whether {@code name}, which may be a pattern itself, is among the names. */
  boolean names(@Nullable String name) {
    if (name == null) {
      return false;
    }
    for (String pattern : sni) {
      if (pattern.equals(name) || isWildcardFor(pattern, name)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isWildcardFor(String pattern, String name) {
    int label = name.length() - (pattern.length() - 1);
    return pattern.startsWith("*.")
        && label > 0
        && name.endsWith(pattern.substring(1))
        && name.indexOf('.') == label;
  }
}
