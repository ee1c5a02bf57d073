package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.admin.appliance.Terminator;
import io.terminator.core.route.ServerState;
import io.terminator.testkit.H2Client;
import io.terminator.testkit.ScriptedBackend;
import io.terminator.testkit.SocketPeer;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsConnection;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Sticky sessions: a cookie leads a client back to its server. */
class HttpStickyIT {
  private static final String HEAD_END = "\r\n\r\n";
  private static final Pattern SET_COOKIE =
      Pattern.compile("(?i)\r\nset-cookie: (__Host-server=[^;\r]*)([^\r]*)");

  private final TestCa ca = TestCa.create();

  /** What each server got in the field {@code Cookie}. */
  private final List<String> cookies = new CopyOnWriteArrayList<>();

  private final ScriptedBackend one = backend("one");
  private final ScriptedBackend two = backend("two");

  @AfterEach
  void stop() {
    one.close();
    two.close();
  }

  private ScriptedBackend backend(String name) {
    return ScriptedBackend.start(server -> answer(server, name));
  }

  private void answer(SocketPeer server, String name) throws IOException {
    while (true) {
      String head = server.readUntil(HEAD_END);
      head.lines()
          .filter(line -> line.toLowerCase(Locale.ROOT).startsWith("cookie:"))
          .forEach(cookies::add);
      server.write("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n" + name);
    }
  }

  private RunningTerminator start(String sticky) {
    return RunningTerminator.http(ca, servers(), keys(sticky));
  }

  private String servers() {
    return name(one) + ", " + name(two);
  }

  private static String keys(String sticky) {
    return "    balance: round-robin\n    sticky: { cookie: __Host-server" + sticky + " }\n";
  }

  private static String name(ScriptedBackend backend) {
    return "127.0.0.1:" + backend.address().getPort();
  }

  /** The head of the response, and the name of the server that gave it as its body. */
  private static String ask(TlsConnection client, String cookie) throws IOException {
    client.write(
        "GET / HTTP/1.1\r\nHost: localhost\r\n"
            + (cookie.isEmpty() ? "" : "Cookie: " + cookie + "\r\n")
            + "\r\n");
    return client.readUntil(HEAD_END) + new String(client.readExactly(3));
  }

  private static String cookie(String response) {
    Matcher found = SET_COOKIE.matcher(response);
    assertThat(found.find()).as(response).isTrue();
    return found.group(1);
  }

  @Test
  void aClientReturnsToItsServerWhichDoesNotSeeTheCookie() throws Exception {
    try (RunningTerminator terminator = start("");
        TlsConnection client = HttpOneIT.connect(terminator)) {
      String first = ask(client, "");
      String second = ask(client, "");
      assertThat(
              List.of(first.substring(first.length() - 3), second.substring(second.length() - 3)))
          .containsExactlyInAnyOrder("one", "two");
      Matcher set = SET_COOKIE.matcher(first);
      assertThat(set.find()).isTrue();
      assertThat(set.group(1)).matches("__Host-server=[A-Za-z0-9_-]{16}");
      assertThat(set.group(2)).isEqualTo("; Path=/; HttpOnly; Secure; SameSite=Lax");
      assertThat(first).containsIgnoringCase("\r\nCache-Control: private\r\n");
      for (String answer : List.of(first, second)) {
        for (String sent :
            List.of(
                cookie(answer), "a=1; " + cookie(answer) + "; b=2", cookie(answer) + ";c=3; d")) {
          String again = ask(client, sent);
          assertThat(again).endsWith(answer.substring(answer.length() - 3));
          assertThat(again).doesNotContainIgnoringCase("set-cookie");
        }
      }
      assertThat(cookies)
          .containsExactly(
              "Cookie: a=1; b=2", "Cookie: c=3; d", "Cookie: a=1; b=2", "Cookie: c=3; d");
      assertThat(terminator.metric("terminator_http_reassigned_clients_total")).isZero();
    }
  }

  @Test
  void aClientOfHttp2ReturnsToo() throws Exception {
    try (RunningTerminator terminator = start(", max-age: 1h, same-site: strict");
        H2Client client =
            H2Client.over(terminator.client().alpn("h2").connect(terminator.address())).begin()) {
      client.get(1, "/");
      H2Client.Response first = client.response(1);
      String set = Objects.requireNonNull(first.head().get("set-cookie"));
      assertThat(set).endsWith("; Path=/; Max-Age=3600; HttpOnly; Secure; SameSite=Strict");
      String cookie = set.substring(0, set.indexOf(';'));
      for (int stream = 3; stream < 9; stream += 2) {
        client.headers(
            stream,
            true,
            H2Client.request("GET", "/", "cookie: a=1", "cookie: " + cookie, "cookie: b=2"));
        H2Client.Response again = client.response(stream);
        assertThat(again.text()).isEqualTo(first.text());
        assertThat(again.head()).doesNotContainKey("set-cookie");
      }
      assertThat(cookies).hasSize(3).allMatch("Cookie: a=1; b=2"::equalsIgnoreCase);
    }
  }

  @Test
  void aClientWhoseServerLeftGetsAnotherAndItsCookie() throws Exception {
    try (RunningTerminator terminator = start("");
        TlsConnection client = HttpOneIT.connect(terminator)) {
      String first = ask(client, "");
      boolean isOne = first.endsWith("one");
      String server = name(isOne ? one : two);
      Terminator appliance = terminator.terminator();
      // Clients that belong to a server may finish there.
      appliance.pools().get(0).setState(server, ServerState.DRAIN);
      assertThat(ask(client, cookie(first))).endsWith(isOne ? "one" : "two");
      assertThat(ask(client, "")).endsWith(isOne ? "two" : "one");
      appliance.pools().get(0).setState(server, ServerState.DISABLED);
      String moved = ask(client, cookie(first));
      assertThat(moved).endsWith(isOne ? "two" : "one");
      assertThat(cookie(moved)).isNotEqualTo(cookie(first));
      appliance.pools().get(0).setState(server, ServerState.READY);
      assertThat(ask(client, cookie(moved))).endsWith(isOne ? "two" : "one");
      assertThat(terminator.metric("terminator_http_reassigned_clients_total")).isEqualTo(1);

      (isOne ? two : one).close();
      String rescued = ask(client, cookie(moved));
      assertThat(rescued).endsWith(isOne ? "one" : "two");
      assertThat(cookie(rescued)).isEqualTo(cookie(first));
    }
  }

  @Test
  void anInventedValueStandsForNoServer() throws Exception {
    try (RunningTerminator terminator = start("");
        TlsConnection client = HttpOneIT.connect(terminator)) {
      String value = cookie(ask(client, ""));
      for (String invented :
          List.of(
              "__Host-server=" + name(one),
              "__Host-server=",
              value + "x",
              value.substring(0, value.length() - 1))) {
        assertThat(ask(client, invented)).containsIgnoringCase("set-cookie: __Host-server=");
      }
      assertThat(ask(client, "__host-server=x; x__Host-server=y"))
          .containsIgnoringCase("set-cookie");
      assertThat(cookies).containsExactly("Cookie: __host-server=x; x__Host-server=y");
    }
  }

  @Test
  void aReloadKeepsTheCookiesAndReplicasShareASecret() throws Exception {
    String secret = ", secret: 0123456789abcdef-";
    String server;
    String cookie;
    try (RunningTerminator terminator = start(secret)) {
      try (TlsConnection client = HttpOneIT.connect(terminator)) {
        String first = ask(client, "");
        server = first.substring(first.length() - 3);
        cookie = cookie(first);
      }
    }
    try (RunningTerminator replica = start(secret);
        RunningTerminator stranger = start("");
        TlsConnection client = HttpOneIT.connect(replica);
        TlsConnection other = HttpOneIT.connect(stranger)) {
      for (int i = 0; i < 3; i++) {
        String again = ask(client, cookie);
        assertThat(again).endsWith(server).doesNotContainIgnoringCase("set-cookie");
      }
      String foreign = ask(other, cookie);
      assertThat(cookie(foreign)).isNotEqualTo(cookie);
      stranger.rewrite(RunningTerminator.httpYaml(servers(), keys(", max-age: 2h")));
      stranger.terminator().reload("test");
      await()
          .atMost(RunningTerminator.PATIENCE)
          .untilAsserted(
              () -> {
                try (TlsConnection after = HttpOneIT.connect(stranger)) {
                  assertThat(ask(after, "")).contains("Max-Age=7200");
                }
              });
      try (TlsConnection after = HttpOneIT.connect(stranger)) {
        assertThat(ask(after, cookie(foreign)))
            .endsWith(foreign.substring(foreign.length() - 3))
            .doesNotContainIgnoringCase("set-cookie");
      }
    }
  }
}
