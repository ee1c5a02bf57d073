package io.terminator.core.route;

import io.terminator.core.setting.Cidr;
import io.terminator.core.setting.HostPattern;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One entry of a listener's routes. An empty list matches every client. {@code backend} is null
 * exactly with mode {@link RouteMode#HTTP}.
 */
public record RouteConfig(
    List<HostPattern> sni,
    List<String> alpn,
    List<Cidr> sources,
    RouteMode mode,
    @Nullable String backend) {
  public RouteConfig {
    sni = List.copyOf(sni);
    alpn = List.copyOf(alpn);
    sources = List.copyOf(sources);
  }

  /** Matches every client. */
  public static RouteConfig toAll(String backend) {
    return new RouteConfig(List.of(), List.of(), List.of(), RouteMode.TERMINATE, backend);
  }

  /** Every client speaks HTTP. */
  public static RouteConfig allHttp() {
    return new RouteConfig(List.of(), List.of(), List.of(), RouteMode.HTTP, null);
  }

  /** Whether there is no condition on the connection. */
  public boolean matchesAll() {
    return sni.isEmpty() && alpn.isEmpty() && sources.isEmpty();
  }

  /** Whether {@code later}, placed below this route, would never match a client. */
  public boolean covers(RouteConfig later) {
    return (sni.isEmpty()
            || (!later.sni.isEmpty() && later.sni.stream().allMatch(this::coversName)))
        && (alpn.isEmpty()
            || (!later.alpn.isEmpty() && seesAlpnOf(later) && alpn.containsAll(later.alpn)))
        && (sources.isEmpty()
            || (!later.sources.isEmpty()
                && later.sources.stream()
                    .allMatch(block -> sources.stream().anyMatch(own -> own.covers(block)))));
  }

  /**
   * A passthrough route examines all offered protocols, any other route only the one that would be
   * negotiated.
   */
  private boolean seesAlpnOf(RouteConfig later) {
    return mode == RouteMode.PASSTHROUGH || later.mode != RouteMode.PASSTHROUGH;
  }

  private boolean coversName(HostPattern later) {
    return sni.stream().anyMatch(own -> own.covers(later));
  }

  boolean names(@Nullable String name) {
    return name != null && HostPattern.anyMatches(sni, name);
  }
}
