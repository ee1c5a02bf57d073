package io.terminator.core.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.core.setting.Cidr;
import io.terminator.core.setting.HostPattern;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouteTableTest {
  private static final RouteConfig EXACT = named(RouteMode.TERMINATE, "legacy.example");
  private static final RouteConfig WILDCARD = named(RouteMode.TERMINATE, "*.api.example");
  private static final RouteConfig ALL = RouteConfig.toAll("rest");

  @ParameterizedTest
  @CsvSource({
    "legacy.example, true",
    "x.legacy.example, false",
    "one.api.example, true",
    "two.one.api.example, false",
    "api.example, false",
    ".api.example, false",
    "xapi.example, false"
  })
  void takesNamesExactlyOrWithOneLabelForTheStar(String name, boolean matches) {
    RouteTable table = table(List.of(), EXACT, WILDCARD);
    assertThat(table.find(name, List.of(), client("10.0.0.1")) != null).isEqualTo(matches);
  }

  @Test
  void takesTheFirstThatMatches() {
    RouteConfig first = routed(List.of("a.example"), List.of(), List.of(), "first");
    RouteConfig second = routed(List.of("*.example"), List.of(), List.of(), "second");
    assertThat(found(table(List.of(), first, second, ALL), "a.example")).isEqualTo("first");
    assertThat(found(table(List.of(), second, first, ALL), "a.example")).isEqualTo("second");
    assertThat(found(table(List.of(), first, second, ALL), "other")).isEqualTo("rest");
    assertThat(found(table(List.of(), first, second), null)).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "one.api.example, true",
    "two.one.api.example, true",
    "api.example, false",
    "xapi.example, false"
  })
  void takesAnyNumberOfLabelsForTheSuffixForm(String name, boolean matches) {
    RouteTable table = table(List.of(), named(RouteMode.PASSTHROUGH, "**.api.example"));
    assertThat(table.find(name, List.of(), client("10.0.0.1")) != null).isEqualTo(matches);
  }

  @Test
  void terminatesByTheProtocolThatWillBeAgreedOn() {
    RouteConfig h2 = routed(List.of(), List.of("h2"), List.of(), "h2");
    RouteTable prefersH2 = table(List.of("h2", "http/1.1"), h2, ALL);
    RouteTable prefersHttp = table(List.of("http/1.1", "h2"), h2, ALL);
    List<String> offered = List.of("h2", "http/1.1");
    assertThat(name(prefersH2.find(null, offered, client("10.0.0.1")))).isEqualTo("h2");
    assertThat(name(prefersHttp.find(null, offered, client("10.0.0.1")))).isEqualTo("rest");
    assertThat(name(prefersH2.find(null, List.of(), client("10.0.0.1")))).isEqualTo("rest");
  }

  @Test
  void passesThroughByAnyProtocolOffered() {
    RouteConfig acme =
        new RouteConfig(List.of(), List.of("acme-tls/1"), List.of(), RouteMode.PASSTHROUGH, "acme");
    RouteTable table = table(List.of("h2"), acme, ALL);
    assertThat(name(table.find("a", List.of("h2", "acme-tls/1"), client("10.0.0.1"))))
        .isEqualTo("acme");
  }

  @Test
  void demandsEveryConditionOfARoute() {
    RouteConfig inside =
        routed(List.of("a.example"), List.of("h2"), List.of(Cidr.parse("10.0.0.0/8")), "inside");
    RouteTable table = table(List.of("h2"), inside, ALL);
    List<String> h2 = List.of("h2");
    assertThat(name(table.find("a.example", h2, client("10.1.1.1")))).isEqualTo("inside");
    assertThat(name(table.find("b.example", h2, client("10.1.1.1")))).isEqualTo("rest");
    assertThat(name(table.find("a.example", List.of(), client("10.1.1.1")))).isEqualTo("rest");
    assertThat(name(table.find("a.example", h2, client("11.1.1.1")))).isEqualTo("rest");
  }

  @Test
  void knowsWhichRoutesLeaveNothingToLaterOnes() {
    assertThat(ALL.covers(EXACT)).isTrue();
    assertThat(EXACT.covers(ALL)).isFalse();
    assertThat(WILDCARD.covers(named(RouteMode.PASSTHROUGH, "a.api.example"))).isTrue();
    assertThat(WILDCARD.covers(named(RouteMode.TERMINATE, "a.b.api.example"))).isFalse();
    assertThat(WILDCARD.covers(WILDCARD)).isTrue();
    RouteConfig suffix = named(RouteMode.TERMINATE, "**.example");
    assertThat(suffix.covers(WILDCARD)).isTrue();
    assertThat(suffix.covers(EXACT)).isTrue();
    assertThat(WILDCARD.covers(suffix)).isFalse();
    assertThat(suffix.covers(named(RouteMode.TERMINATE, "example"))).isFalse();
    RouteConfig h2 = routed(List.of(), List.of("h2"), List.of(), "h2");
    RouteConfig rawH2 =
        new RouteConfig(List.of(), List.of("h2"), List.of(), RouteMode.PASSTHROUGH, "raw");
    assertThat(rawH2.covers(h2)).isTrue();
    // An offered protocol is not a negotiated one.
    assertThat(h2.covers(rawH2)).isFalse();
    RouteConfig near = routed(List.of(), List.of(), List.of(Cidr.parse("10.0.0.0/8")), "near");
    RouteConfig nearer = routed(List.of(), List.of(), List.of(Cidr.parse("10.1.0.0/16")), "nearer");
    assertThat(near.covers(nearer)).isTrue();
    assertThat(nearer.covers(near)).isFalse();
  }

  private static RouteConfig named(RouteMode mode, String sni) {
    return new RouteConfig(List.of(HostPattern.parse(sni)), List.of(), List.of(), mode, sni);
  }

  private static RouteConfig routed(
      List<String> sni, List<String> alpn, List<Cidr> sources, String backend) {
    return new RouteConfig(
        sni.stream().map(HostPattern::parse).toList(), alpn, sources, RouteMode.TERMINATE, backend);
  }

  private static RouteTable table(List<String> negotiable, RouteConfig... routes) {
    return new RouteTable(
        List.of(routes).stream()
            .map(
                route ->
                    new Route(
                        route, new BackendPool(route.backend(), Balance.RANDOM_TWO, List.of())))
            .toList(),
        negotiable);
  }

  private static @Nullable String found(RouteTable table, @Nullable String name) {
    return name(table.find(name, List.of(), client("10.0.0.1")));
  }

  private static @Nullable String name(@Nullable Route route) {
    return route == null ? null : route.pool().name();
  }

  private static InetSocketAddress client(String address) {
    return new InetSocketAddress(address, 4711);
  }
}
