package io.terminator.core.http.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.core.http.message.Head;
import io.terminator.core.http.message.HeadKind;
import io.terminator.core.http.message.Heads;
import io.terminator.core.http.route.HttpRouteConfig.Action;
import io.terminator.core.http.route.HttpRouteConfig.FieldCondition;
import io.terminator.core.http.route.HttpRouteConfig.PathCondition;
import io.terminator.core.http.route.HttpRouteConfig.Redirect;
import io.terminator.core.http.route.HttpRouteConfig.Respond;
import io.terminator.core.http.route.HttpRouteConfig.ToBackend;
import io.terminator.core.route.BackendPool;
import io.terminator.core.route.Balance;
import io.terminator.core.route.RouteConfig;
import io.terminator.core.route.RouteMode;
import io.terminator.core.setting.Cidr;
import io.terminator.core.setting.HostPattern;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpRoutesTest {
  private static final InetSocketAddress CLIENT = new InetSocketAddress("192.0.2.7", 40_000);
  private static final Action APP = new ToBackend("app", null);

  private final Heads heads = new Heads();

  private Head request(String method, String host, String path, String... fields) {
    Head head = heads.take(HeadKind.REQUEST);
    head.setMethod(method);
    head.setAuthority(host);
    head.setPath(path);
    for (int i = 0; i < fields.length; i += 2) {
      head.add(fields[i], fields[i + 1]);
    }
    return head;
  }

  private static HttpRoute route(
      String name,
      @Nullable String host,
      @Nullable PathCondition path,
      List<String> methods,
      List<FieldCondition> fields,
      Action action) {
    return new HttpRoute(
        new HttpRouteConfig(
            name,
            RouteConfig.allHttp(),
            host == null ? List.of() : List.of(HostPattern.parse(host)),
            path,
            methods,
            fields,
            action),
        action instanceof ToBackend to
            ? new BackendPool(to.backend(), Balance.RANDOM_TWO, List.of())
            : null);
  }

  private static HttpRoute prefix(String path, Action action) {
    return route(path, null, new PathCondition(path, false), List.of(), List.of(), action);
  }

  private static HttpRoute rest() {
    return route("rest", null, null, List.of(), List.of(), APP);
  }

  private static String found(HttpRoutes routes, Head request) {
    HttpRoute route = routes.find(request);
    return route == null ? routes.refusal(request).name() : route.name();
  }

  @ParameterizedTest
  @CsvSource({
    "api.example,true",
    "API.Example:8443,true",
    "api.example.,true",
    "api.example.:443,true",
    "xapi.example,false",
    "api.example.evil,false",
    "api.example:evil,false",
    "'',false",
    "[::1]:443,false",
  })
  void matchesTheHostWithoutItsPort(String host, boolean matches) {
    HttpRoutes routes =
        new HttpRoutes(List.of(route("api", "api.example", null, List.of(), List.of(), APP)));
    assertThat(found(routes, request("GET", host, "/")).equals("api")).isEqualTo(matches);
  }

  @ParameterizedTest
  @CsvSource({
    // a condition, a path, whether it matches
    "/v2,/v2,true",
    "/v2,/v2/,true",
    "/v2,/v2/a,true",
    "/v2,/v2?q=1,true",
    "/v2,/v20,false",
    "/v2,/v,false",
    "/v2/,/v2,false",
    "/v2/,/v2/a,true",
    "/,/anything,true",
    "/,*,false",
    "/admin,//admin,true",
    "/admin,/%61dmin,true",
    "/admin,/%2fadmin,true",
    "/admin,/admin%2fusers,true",
    "/admin,/admin;x=1,true",
    "/admin,/;x/admin/users,true",
    "/admin,\\admin,true",
    "/admin,/%5Cadmin,true",
    "/admin,/ADMIN,false",
    "/admin,/%2561dmin,false",
    "/admin,/x?/admin,false",
    "/.well-known,/.well-known/a,true",
    "/a/b,/a//b,true",
    "/é,/%C3%A9,true",
    "/ก,/%E0%B8%81,true",
    "/admin,/admin%3Bx=1,true",
    "/admin,/%3bx/admin,true",
  })
  void matchesPathsBySegment(String condition, String path, boolean matches) {
    HttpRoutes routes = new HttpRoutes(List.of(prefix(condition, APP), rest()));
    assertThat(found(routes, request("GET", "a.example", path)))
        .isEqualTo(matches ? condition : "rest");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/public/../admin",
        "/public/..",
        "/.",
        "/./admin",
        "/public/%2e%2e/admin",
        "/public/.%2E/admin",
        "/public%2f..%2fadmin",
        "/public/..%5cadmin",
        "/public\\..\\admin",
        "/public/..;/admin",
        "/public/..;x=1/admin",
        "/public/%00admin",
        "/public/%0aadmin",
        "/public/..%3b/admin",
        "/public/%c0%ae%c0%ae/admin",
        "/public/%e0%80%afadmin",
        "/public/%f0%80%80%afadmin",
        "/public/%2",
        "/public/%zz",
        "/public#fragment",
      })
  void refusesPathsWithTwoMeanings(String path) {
    HttpRoutes routes = new HttpRoutes(List.of(prefix("/public", APP), rest()));
    assertThat(found(routes, request("GET", "a.example", path))).isEqualTo("BAD_PATH");
    assertThat(found(new HttpRoutes(List.of(rest())), request("GET", "a.example", path)))
        .as("no route asks for a path: it is the backend's to judge")
        .isEqualTo("rest");
  }

  @Test
  void refusesOverlongCharactersThatAreNotEncoded() {
    HttpRoutes routes = new HttpRoutes(List.of(prefix("/public", APP), rest()));
    for (int[] overlong :
        new int[][] {{0xc0, 0xaf}, {0xe0, 0x80, 0xaf}, {0xf0, 0x80, 0x80, 0xaf}}) {
      Head request = request("GET", "a.example", "/");
      int from = request.append("/public/");
      for (int octet : overlong) {
        request.append(new byte[] {(byte) octet}, 0, 1);
      }
      request.append("admin");
      request.setPath(from, request.textLength());
      assertThat(found(routes, request)).isEqualTo("BAD_PATH");
    }
  }

  @ParameterizedTest
  @CsvSource({"/a/..b,/a/..b", "/a/...,/a/...", "/..a,/..a", "/a/x..,/a/x.."})
  void acceptsDotsWithinNames(String path, String condition) {
    HttpRoutes routes = new HttpRoutes(List.of(prefix(condition, APP), rest()));
    assertThat(found(routes, request("GET", "a.example", path))).isEqualTo(condition);
  }

  @Test
  void takesTheFirstThatMatchesAll() {
    HttpRoutes routes =
        new HttpRoutes(
            List.of(
                route("exact", null, new PathCondition("/a", true), List.of(), List.of(), APP),
                route("post", null, null, List.of("POST", "PURGE"), List.of(), APP),
                route(
                    "canary",
                    null,
                    null,
                    List.of(),
                    List.of(
                        new FieldCondition("X-Canary", "yes"), new FieldCondition("X-Any", null)),
                    APP)));

    assertThat(found(routes, request("GET", "a", "/a?q"))).isEqualTo("exact");
    assertThat(found(routes, request("GET", "a", "/a/"))).isEqualTo("NO_ROUTE");
    assertThat(found(routes, request("POST", "a", "/b"))).isEqualTo("post");
    assertThat(found(routes, request("PURGE", "a", "/b"))).isEqualTo("post");
    assertThat(found(routes, request("post", "a", "/b"))).isEqualTo("NO_ROUTE");
    assertThat(found(routes, request("GET", "a", "/b", "x-canary", "yes", "x-any", "")))
        .isEqualTo("canary");
    assertThat(
            found(
                routes,
                request("GET", "a", "/b", "X-Canary", "no", "x-canary", "yes", "X-Any", "")))
        .isEqualTo("canary");
    assertThat(found(routes, request("GET", "a", "/b", "X-Canary", "yes"))).isEqualTo("NO_ROUTE");
    assertThat(found(routes, request("GET", "a", "/b", "X-Canary", "YES", "X-Any", "")))
        .isEqualTo("NO_ROUTE");
  }

  @Test
  void selectsTheRoutesOfAConnectionOnce() {
    RouteConfig office =
        new RouteConfig(
            List.of(HostPattern.parse("*.example")),
            List.of("http/1.1"),
            List.of(Cidr.parse("192.0.2.0/24")),
            RouteMode.HTTP,
            null);
    HttpRoute inside =
        new HttpRoute(
            new HttpRouteConfig(
                "inside", office, List.of(), null, List.of(), List.of(), new Respond(200, "", "")),
            null);
    HttpRoutes all = new HttpRoutes(List.of(inside, rest()));

    assertThat(found(all.of("a.example", "http/1.1", CLIENT), request("GET", "a", "/")))
        .isEqualTo("inside");
    assertThat(found(all.of("a.example", "h2", CLIENT), request("GET", "a", "/")))
        .isEqualTo("rest");
    assertThat(found(all.of(null, "http/1.1", CLIENT), request("GET", "a", "/"))).isEqualTo("rest");
    assertThat(
            found(
                all.of("a.example", "http/1.1", new InetSocketAddress("192.0.3.7", 1)),
                request("GET", "a", "/")))
        .isEqualTo("rest");
    assertThat(all.of("a.example", "http/1.1", CLIENT)).isSameAs(all);
  }

  @ParameterizedTest
  @CsvSource({
    // the condition, the replacement, a target, the target afterwards
    "/v2,/,/v2,/",
    "/v2,/,/v2/,/",
    "/v2,/,/v2/a?q=/v2,/a?q=/v2",
    "/v2/,/,/v2/a,/a",
    "/v2/,/base,/v2/a,/base/a",
    "/v2,/base,/v2/a,/base/a",
    "/v2,/base,/v2?q,/base?q",
    "/v2,/base/,/v2,/base/",
    "/v2,/base/,/v2/a,/base/a",
    "/v2,/,/%762/a%2Fb,/a%2Fb",
    "/v2,/,/v2;x=1/a,/a",
    "/v2,/,//v2//a,/a",
    "/v2,/,/v2///host.example,/host.example",
    "/,/app,/a,/app/a",
    "/,/app/,/a,/app/a",
  })
  void rewritesThePartThatItNames(String condition, String to, String target, String expected) {
    HttpRoutes routes = new HttpRoutes(List.of(prefix(condition, new ToBackend("app", to))));
    Head request = request("GET", "a.example", target);

    HttpRoute route = routes.find(request);
    assertThat(route).isNotNull();
    route.rewrite(request);

    assertThat(request.text(request.path())).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "https://new.example,/a?b=c,https://new.example/a?b=c",
    "https://new.example/,/a?b=c,https://new.example/",
    "https://new.example/x,/a,https://new.example/x",
    "https://new.example?x,/a,https://new.example?x",
    "https://new.example,*,https://new.example",
    "/login,/a,/login",
  })
  void redirects(String to, String target, String expected) {
    HttpRoute route = route("moved", null, null, List.of(), List.of(), new Redirect(to, 308));
    Head answer = heads.take(HeadKind.RESPONSE);

    route.describe(request("GET", "a.example", target), answer);

    assertThat(route.status()).isEqualTo(308);
    assertThat(answer.size()).isEqualTo(1);
    assertThat(answer.nameText(0) + ": " + answer.value(0)).isEqualTo("Location: " + expected);
  }

  @Test
  void respondsWithAText() {
    HttpRoute route =
        route("ok", null, null, List.of(), List.of(), new Respond(200, "ok\n", "text/plain"));
    Head answer = heads.take(HeadKind.RESPONSE);

    route.describe(request("GET", "a.example", "/"), answer);

    assertThat(route.status()).isEqualTo(200);
    assertThat(new String(route.body(), StandardCharsets.UTF_8)).isEqualTo("ok\n");
    assertThat(answer.value(0)).isEqualTo("text/plain");
  }

  @Test
  void explainsEveryRouteUpToTheFirstThatMatches() {
    HttpRoutes routes =
        new HttpRoutes(
            List.of(
                route("host", "b.example", null, List.of(), List.of(), APP),
                prefix("/admin", APP),
                route("method", null, null, List.of("POST"), List.of(), APP),
                rest(),
                prefix("/never", APP)));

    assertThat(routes.explain(null, null, CLIENT, request("GET", "a.example", "/x")))
        .extracting(HttpRoutes.Look::whyNot)
        .containsExactly(
            "host: a.example is not among [b.example]",
            "path: /x is not /admin or below",
            "method: GET is not among [POST]",
            null);
    assertThat(routes.explain(null, null, CLIENT, request("GET", "a.example", "/x/../admin")))
        .allSatisfy(look -> assertThat(look.whyNot()).startsWith("path: "))
        .hasSize(5);
  }

  /**
   * A spelling that decodes to a path below the condition never reaches the next route. Another
   * decoder, the JDK's, is the reference.
   */
  @Test
  void noSpellingOfAPathPassesByItsRoute() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    HttpRoutes routes = new HttpRoutes(List.of(prefix("/admin", APP), rest()));
    String[] parts = {
      "/", "a", "%61", "d", "min", "%2f", "%2F", "admin", ";p", ".", "%2e", "x", "%"
    };
    int matched = 0;
    for (int round = 0; round < 50_000; round++) {
      StringBuilder path = new StringBuilder("/");
      for (int i = random.nextInt(6); i >= 0; i--) {
        path.append(parts[random.nextInt(parts.length)]);
      }
      String found = found(routes, request("GET", "a", path.toString()));
      String decoded;
      try {
        decoded =
            java.net.URLDecoder.decode(path.toString().replace("+", "%2B"), StandardCharsets.UTF_8);
      } catch (IllegalArgumentException invalid) {
        assertThat(found).as("seed %d: %s", seed, path).isNotEqualTo("/admin");
        continue;
      }
      String segments = decoded.replaceAll(";[^/]*", "").replaceAll("/+", "/");
      boolean dots = List.of(segments.split("/")).stream().anyMatch(s -> s.matches("\\.{1,2}"));
      String expected = dots ? "BAD_PATH" : segments.matches("/admin(/.*)?") ? "/admin" : "rest";
      assertThat(found).as("seed %d: %s", seed, path).isEqualTo(expected);
      matched += expected.equals("/admin") ? 1 : 0;
    }
    assertThat(matched).isPositive();
  }
}
