package io.terminator.admin.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The message for each mistake: line, path and important words. Long because it has one row per
 * mistake.
 */
class BadConfigTest {
  private static final String GOOD =
      """
      workers: 2
      listeners:
        - name: web
          bind: "127.0.0.1:8443"
          certificates: certs/
          backend: app
      backends:
        app:
          servers: ["127.0.0.1:8080"]
      """;

  @TempDir Path directory;

  /** A change to the valid file, and the beginning or parts of the one problem that it causes. */
  record Row(String name, String from, String to, int line, String path, List<String> words) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Row row(
      String name, String from, String to, int line, String path, String... words) {
    return new Row(name, from, to, line, path, List.of(words));
  }

  /** Appends below the top-level keys, from line 10. */
  private static Row added(String name, String lines, int line, String path, String... words) {
    return row(name, "8080\"]\n", "8080\"]\n" + lines, line, path, words);
  }

  /** Replaces the backend line of the listener (6) with itself and more keys from line 7. */
  private static Row inListener(String name, String lines, int line, String path, String... words) {
    return row(name, "    backend: app\n", "    backend: app\n" + lines, line, path, words);
  }

  static Stream<Row> rows() {
    return Stream.of(
            keys(),
            types(),
            top(),
            listeners(),
            deadlines(),
            tls(),
            files(),
            routes(),
            backends(),
            servers(),
            checks(),
            names(),
            secrets(),
            trustedProxies(),
            addresses())
        .flatMap(s -> s);
  }

  private static Stream<Row> addresses() {
    String bind = "bind: \"127.0.0.1:8443\"";
    return Stream.of(
        row("no address", bind, "bind: []", 4, "listeners[0].bind", "at least one item"),
        row(
            "an address twice",
            bind,
            "bind: [\"127.0.0.1:8443\", \"127.0.0.1:8443\"]",
            4,
            "listeners[0].bind",
            "lists \"127.0.0.1:8443\" twice"),
        row(
            "both kinds of any address",
            bind,
            "bind: [\"0.0.0.0:8443\", \"[::]:8443\"]",
            4,
            "listeners[0].bind",
            "*:8443"),
        row(
            "port out of range in a list",
            bind,
            "bind: [\"127.0.0.1:8443\", \"127.0.0.1:65536\"]",
            4,
            "listeners[0].bind[1]",
            "out of range"),
        row(
            "no usable port in a list",
            bind,
            "bind: [\"127.0.0.1:65536\"]",
            4,
            "listeners[0].bind[0]",
            "out of range"),
        row(
            "abstract socket of the admin API",
            "8080\"]\n",
            "8080\"]\nadmin: { bind: \"unix:@admin\" }\n",
            10,
            "admin.bind",
            "unix:/path"),
        row(
            "a server that was inherited",
            "servers: [\"127.0.0.1:8080\"]",
            "servers: [\"systemd:web\"]",
            9,
            "backends.app.servers[0]",
            "host:port"),
        row(
            "an inherited socket without name",
            bind,
            "bind: \"systemd:\"",
            4,
            "listeners[0].bind",
            "port"),
        added("plain HTTP nowhere", "http: {}\n", 10, "http.bind", "is missing"),
        added(
            "plain HTTP on a unix socket",
            "http: { bind: \"unix:/run/http.sock\" }\n",
            10,
            "http.bind",
            "address:port"),
        added(
            "plain HTTP where a listener is",
            "http: { bind: \"127.0.0.1:8443\" }\n",
            10,
            "http.bind",
            "127.0.0.1:8443"),
        added(
            "port out of range for HTTPS",
            "http: { bind: \":8080\", https-port: 65536 }\n",
            10,
            "http.https-port",
            "from 1 to 65535"),
        added(
            "challenges that are not there",
            "http: { bind: \":8080\", challenges: nowhere/ }\n",
            10,
            "http.challenges",
            "does not exist"));
  }

  private static Stream<Row> trustedProxies() {
    String path = "listeners[0].proxy-protocol";
    return Stream.of(
        inListener("nobody", "    proxy-protocol: {}\n", 7, path + ".accept-from", "is missing"),
        inListener(
            "host bits in proxies",
            "    proxy-protocol: { accept-from: 10.0.0.1/8 }\n",
            7,
            path + ".accept-from",
            "\"10.0.0.1/8\"",
            "without host bits"),
        inListener(
            "others",
            "    proxy-protocol: { accept-from: 10.0.0.1, others: allow }\n",
            7,
            path + ".others",
            "refuse or direct"),
        row(
            "no certificates",
            "    certificates: certs/\n",
            "",
            3,
            "listeners[0].certificates",
            "is missing",
            "mode: passthrough"),
        inListener(
            "endless probes",
            "    tcp: { keepalive-idle: 10ms, keepalive-count: 3 }\n",
            7,
            "listeners[0].tcp.keepalive-idle",
            "from 1s to 9h"),
        inListener(
            "jitter",
            "    deadlines: { lifetime: 1h, lifetime-jitter: 51 }\n",
            7,
            "listeners[0].deadlines.lifetime-jitter",
            "from 0 to 50"),
        row(
            "TLVs without a PROXY header",
            "servers: [",
            "pass-proxy-tlvs: true\n    servers: [",
            9,
            "backends.app.pass-proxy-tlvs",
            "false without proxy-protocol: v2"),
        row(
            "TLVs of its own without a PROXY header",
            "servers: [",
            "proxy-tlvs: [ssl]\n    servers: [",
            9,
            "backends.app.proxy-tlvs",
            "the default without proxy-protocol: v2",
            "add proxy-protocol: v2, or remove proxy-tlvs"),
        partOfSsl("group"),
        partOfSsl("signature"),
        partOfSsl("client-certificate"),
        row(
            "a limit for TLVs in a PROXY header as text",
            "servers: [",
            "proxy-protocol: v1\n    proxy-header-limit: 107B\n    servers: [",
            10,
            "backends.app.proxy-header-limit",
            "0 without proxy-protocol: v2"),
        row(
            "TLVs preferred that are not passed",
            "servers: [",
            "proxy-protocol: v2\n    prefer-proxy-tlvs: true\n    servers: [",
            10,
            "backends.app.prefer-proxy-tlvs",
            "false without pass-proxy-tlvs: true"),
        row(
            "a header limit below the addresses",
            "servers: [",
            "proxy-protocol: v2\n    proxy-header-limit: 63B\n    servers: [",
            10,
            "backends.app.proxy-header-limit",
            "from 64B to 60KiB"),
        row(
            "a TLV that is not known",
            "servers: [",
            "proxy-protocol: v2\n    proxy-tlvs: [sni]\n    servers: [",
            10,
            "backends.app.proxy-tlvs[0]",
            "unique-id, authority"));
  }

  private static Row partOfSsl(String name) {
    return row(
        name + " without the TLV that contains it",
        "servers: [",
        "proxy-protocol: v2\n    proxy-tlvs: [authority, " + name + "]\n    servers: [",
        10,
        "backends.app.proxy-tlvs",
        "[authority, " + name + "]",
        "ssl in the list",
        "add ssl, or remove its parts");
  }

  private static Stream<Row> secrets() {
    return Stream.of(
        added("tickets", "tickets: of\n", 10, "tickets", "\"of\"", "local or off", "\"off\"?"),
        added(
            "rotation of nothing",
            "tickets: { rotation: 1s }\n",
            10,
            "tickets.rotation",
            "a duration from 1m to 7d"),
        added(
            "short secret",
            "tickets: { secret-file: short }\n",
            10,
            "tickets.secret-file",
            "has 5 bytes. Expected 32"),
        added("empty secret", "state-secret: \"\"\n", 10, "state-secret", "is empty"),
        added(
            "device as secret",
            "state-secret-file: /dev/zero\n",
            10,
            "state-secret-file",
            "\"/dev/zero\" is not a regular file"),
        added(
            "two secrets",
            "state-secret: one\nstate-secret-file: short\n",
            11,
            "state-secret-file",
            "either state-secret or state-secret-file",
            "remove one"));
  }

  private static Stream<Row> checks() {
    return Stream.of(
        added(
            "check path without slash",
            "    check: { type: http, path: healthz }\n",
            10,
            "backends.app.check.path",
            "\"healthz\"",
            "begins with a slash"),
        added(
            "check path for nothing",
            "    check: { type: tcp, path: /healthz }\n",
            10,
            "backends.app.check.path",
            "type http, https or h2c"),
        added(
            "unknown check",
            "    check: htp\n",
            10,
            "backends.app.check",
            "tcp, tls, http, https or h2c",
            "did you mean \"http\"?"),
        added(
            "statuses backwards",
            "    check: { type: http, status: 399-200 }\n",
            10,
            "backends.app.check.status",
            "200-399"),
        added(
            "queue of less than nothing",
            "    queue: { length: -1 }\n",
            10,
            "backends.app.queue.length",
            "a whole number from 0"),
        added(
            "authorities that nobody asks",
            "    tls: { verify: false, name: a.example }\n",
            10,
            "backends.app.tls.name",
            "has no effect with verify: false"),
        row(
            "passthrough into tls",
            "    backend: app\nbackends:\n  app:\n    servers: [\"127.0.0.1:8080\"]\n",
            "    routes: [{ sni: a, mode: passthrough, backend: app }]\n    backend: app\n"
                + "backends:\n  app:\n    servers: [\"127.0.0.1:8080\"]\n    tls: on\n",
            6,
            "listeners[0].routes[0].backend",
            "\"app\" has tls, and the route is passthrough"),
        row(
            "a path that a certificate should be for",
            "[\"127.0.0.1:8080\"]\n",
            "[\"unix:/run/app.sock\"]\n    tls: on\n",
            10,
            "backends.app.tls",
            "add name to tls"),
        added(
            "name server without address",
            "dns: { servers: [ns.example] }\n",
            10,
            "dns.servers[0]",
            "10.0.0.2"),
        added(
            "refresh backwards",
            "dns: { refresh-least: 10s, refresh-most: 5s }\n",
            10,
            "dns.refresh-most",
            "at least refresh-least"));
  }

  private static Stream<Row> servers() {
    return Stream.of(
        row(
            "weight below nothing",
            "[\"127.0.0.1:8080\"]",
            "[{ address: \"127.0.0.1:8080\", weight: -1 }]",
            9,
            "backends.app.servers[0].weight",
            "\"-1\"",
            "a whole number from 1 to 1000"),
        row(
            "server twice with other words",
            "[\"127.0.0.1:8080\"]",
            "[\"127.0.0.1:8080\", { address: \"127.0.0.1:8080\", weight: 2 }]",
            9,
            "backends.app.servers[1]",
            "is listed already",
            "use weight"),
        row(
            "backups only",
            "[\"127.0.0.1:8080\"]",
            "[{ address: \"127.0.0.1:8080\", backup: true }]",
            9,
            "backends.app.servers",
            "has backups only"),
        row(
            "weight of nothing",
            "[\"127.0.0.1:8080\"]",
            "[{ address: \"127.0.0.1:8080\", weight: 0 }]",
            9,
            "backends.app.servers[0].weight",
            "a whole number from 1 to 1000"),
        row(
            "server twice",
            "[\"127.0.0.1:8080\"]",
            "[\"127.0.0.1:8080\", \"127.0.0.1:8080\"]",
            9,
            "backends.app.servers",
            "lists \"127.0.0.1:8080\" twice"),
        row(
            "unknown balance",
            "8080\"]\n",
            "8080\"]\n    balance: least-conn\n",
            10,
            "backends.app.balance",
            "round-robin, least-connections, random-two or source-hash"));
  }

  private static Stream<Row> routes() {
    String above = "    routes:\n      - { sni: \"*.a.example\", backend: app }\n";
    return Stream.of(
        row(
            "neither routes nor backend",
            "    backend: app\n",
            "",
            3,
            "listeners[0].backend",
            "is missing"),
        inListener(
            "route in a wildcard's shadow",
            above + "      - { sni: x.a.example, backend: app }\n",
            9,
            "listeners[0].routes[1]",
            "can never match: routes[0] takes all"),
        inListener(
            "backend that nobody reaches",
            "    routes: [{ backend: app }]\n",
            6,
            "listeners[0].backend",
            "routes[0] takes every client"),
        inListener(
            "protocol that is not negotiated",
            "    routes: [{ alpn: h2, backend: app }]\n",
            7,
            "listeners[0].routes[0]",
            "negotiates none of [h2]"),
        inListener(
            "star inside a name",
            "    routes: [{ sni: \"www.*.example\", backend: app }]\n",
            7,
            "listeners[0].routes[0].sni",
            "has a wildcard that is not its first label",
            "*.example.com for one label",
            "**.example.com for any number of labels"),
        inListener(
            "two stars inside a name of a policy",
            "    policies: [{ sni: \"www.**.example\", tls: { preset: modern-2026-11 } }]\n",
            7,
            "listeners[0].policies[0].sni",
            "has a wildcard that is not its first label",
            "**.example.com for any number of labels"),
        inListener(
            "policy that differs in nothing",
            "    policies: [{ sni: www.example, mode: canary, canary: { percent: 5 } }]\n",
            7,
            "listeners[0].policies[0].tls",
            "is missing",
            "tls or certificates, in which the policy differs from its listener"),
        inListener(
            "route below one for all labels",
            "    routes: [{ sni: \"**.example\", backend: app }, { sni: \"*.api.example\", backend: app }]\n",
            7,
            "listeners[0].routes[1]",
            "can never match: routes[0] takes all of its clients"),
        inListener(
            "address with host bits",
            "    routes: [{ source: 10.0.0.1/8, backend: app }]\n",
            7,
            "listeners[0].routes[0].source",
            "has bits set beyond its prefix of 8"),
        inListener(
            "unknown backend of a route",
            "    routes: [{ sni: a, backend: ap }]\n",
            7,
            "listeners[0].routes[0].backend",
            "\"app\""),
        inListener(
            "unknown mode",
            "    routes: [{ sni: a, mode: passtrough, backend: app }]\n",
            7,
            "listeners[0].routes[0].mode",
            "did you mean \"passthrough\"?"));
  }

  private static Stream<Row> keys() {
    return Stream.of(
        added("unknown key", "colour: red\n", 10, "colour", "is not a known key", "workers, "),
        added("misspelt key", "memmory: {}\n", 10, "memmory", "did you mean \"memory\"?"),
        added("camel case", "stateDir: x\n", 10, "stateDir", "did you mean \"state-dir\"?"),
        added("key twice", "workers: 3\n", 10, "workers", "is set twice, first at line 1"),
        added("key from below", "frames: 8MiB\n", 10, "frames", "it belongs under \"memory\""),
        inListener(
            "key from a section",
            "    high-water: 64KiB\n",
            7,
            "listeners[0].high-water",
            "it belongs under \"relay\""),
        added("key that is a list", "[a, b]: 1\n", 10, "", "has a key that is not text"),
        added(
            "key with odd characters",
            "\"a b\\u001b\": 1\n",
            10,
            "\"a b\\u001b\"",
            "is not a known"),
        row("no listeners", "listeners:", "lissteners:", 1, "listeners", "is missing", "a list"),
        row("no name", "  - name: web\n    bind", "  - bind", 3, "listeners[0].name", "is missing"),
        added("merge key", "<<: {workers: 1}\n", 10, "\"<<\"", "is not a known key"));
  }

  private static Stream<Row> types() {
    return Stream.of(
        added(
            "map for text",
            "state-dir: {a: b}\n",
            10,
            "state-dir",
            "is a map",
            "a writable directory"),
        added(
            "list for map",
            "memory: [1]\n",
            10,
            "memory",
            "is a list",
            "a map with the keys frames"),
        added("text for map", "log: stdout\n", 10, "log", "is text, \"stdout\"", "access, "),
        added("nothing", "drain:\n", 10, "drain", "has no value", "remove the key"),
        row(
            "a leading zero",
            "workers: 2",
            "workers: 010",
            1,
            "workers",
            "\"010\"",
            "remove the leading zero"),
        added(
            "a leading zero in a limit of the process",
            "limits: { connections: 010 }\n",
            10,
            "limits.connections",
            "remove the leading zero"),
        inListener(
            "a leading zero in a limit of a listener",
            "    limits: { connections: 010 }\n",
            7,
            "listeners[0].limits.connections",
            "remove the leading zero"),
        added("null", "state-dir: ~\n", 10, "state-dir", "has no value"),
        row(
            "map for list",
            "[\"127.0.0.1:8080\"]",
            "{a: b}",
            9,
            "backends.app.servers",
            "is a map"),
        added("tag", "state-dir: !env X\n", 10, "state-dir", "has the tag \"!env\""),
        row(
            "yes is not true",
            "workers: 2",
            "workers: {pin: yes}",
            1,
            "workers.pin",
            "true or false"));
  }

  private static Stream<Row> top() {
    return Stream.of(
        row(
            "no number",
            "workers: 2",
            "workers: many",
            1,
            "workers",
            "\"many\"",
            "auto or a whole"),
        row("no workers", "workers: 2", "workers: 0", 1, "workers", "\"0\"", "from 1 to 1024"),
        row("negative", "workers: 2", "workers: -1", 1, "workers", "\"-1\"", "from 1 to 1024"),
        row(
            "pinned too many",
            "workers: 2",
            "workers: { count: 1024, pin: true }",
            1,
            "workers.count",
            "\"1024\"",
            "the cores of this machine"),
        added("no unit", "drain: {window: 60}\n", 10, "drain.window", "is not a duration", "5s or"),
        added("too long", "drain: {window: 9999d}\n", 10, "drain.window", "\"9999d\"", "to 1d"),
        added("endless", "drain: {window: 999999999999d}\n", 10, "drain.window", "to 1d"),
        added("no size", "memory: {frames: lots}\n", 10, "memory.frames", "is not a size", "64KiB"),
        added("decimal unit", "memory: {frames: 64MB}\n", 10, "memory.frames", "is not a size"),
        added("too small", "memory: {frames: 1KiB}\n", 10, "memory.frames", "from 1MiB to 1TiB"),
        row(
            "frames below marks",
            "workers: 2",
            "workers: 64\nmemory:\n  frames: 1MiB",
            3,
            "memory.frames",
            "1MiB for 64 workers",
            "at least 16MiB"),
        added(
            "log to a word",
            "log: {access: stdot}\n",
            10,
            "log.access",
            "did you mean \"stdout\"?"),
        added(
            "log to a word that is not a stream",
            "log: {access: logfile}\n",
            10,
            "log.access",
            "stdout, stderr or off",
            "syslog:/dev/log",
            "such as access.log"),
        added(
            "log to file: without a name",
            "log: {access: \"file:\"}\n",
            10,
            "log.access",
            "expected a file in a writable directory"),
        added(
            "log nowhere",
            "log: {access: ./none/a.log}\n",
            10,
            "log.access",
            "is in a directory that does not exist"),
        added("admin for all", "admin: {bind: \":9443\"}\n", 10, "admin.bind", "or a token-file"),
        added(
            "admin by name",
            "admin: {bind: \"example.org:9443\"}\n",
            10,
            "admin.bind",
            "a loopback address"),
        added(
            "admin in the clear",
            "admin: {bind: \":9443\", token-file: certs/a.crt}\n",
            10,
            "admin.bind",
            "expected a loopback address such as 127.0.0.1:9443, or tls; without TLS the"
                + " token can be read on the network; if nobody can listen there, set"
                + " plain-http: true"),
        added(
            "admin with TLS for all",
            "admin: {bind: \":9443\", tls: {certificate: certs/a.crt, key: certs/a.crt}}\n",
            10,
            "admin.bind",
            "or a token-file, or tls with client-auth: required"),
        added(
            "admin with TLS on a socket",
            "admin: {bind: \"unix:/x\", tls: {certificate: certs/a.crt, key: certs/a.crt}}\n",
            10,
            "admin.tls",
            "has no effect for a unix socket"),
        added(
            "admin with half a pair",
            "admin: {tls: {certificate: certs/a.crt}}\n",
            10,
            "admin.tls.key",
            "is missing"),
        added(
            "operators without authorities",
            "admin: {tls: {certificate: certs/a.crt, key: certs/a.crt, client-auth: required}}\n",
            10,
            "admin.tls.client-auth",
            "client-ca beside it"),
        added(
            "authorities without operators",
            "admin: {tls: {certificate: certs/a.crt, key: certs/a.crt, client-ca: certs/a.crt}}\n",
            10,
            "admin.tls.client-ca",
            "client-auth: optional or required"),
        added(
            "a token to look alone",
            "admin: {read-only-token-file: certs/a.crt}\n",
            10,
            "admin.read-only-token-file",
            "a token-file beside it"),
        added(
            "admin on a listener",
            "admin: {bind: \"127.0.0.1:8443\"}\n",
            10,
            "admin.bind",
            "is taken by listeners[0].bind at line 4"));
  }

  private static Stream<Row> listeners() {
    String second = "  - {name: two, bind: \"%s\", certificates: certs/, backend: app}\n";
    return Stream.of(
        row("no port", "127.0.0.1:8443", "127.0.0.1", 4, "listeners[0].bind", "is not an address"),
        row("port", "127.0.0.1:8443", "127.0.0.1:84433", 4, "listeners[0].bind", "out of range"),
        row("bare ipv6", "127.0.0.1:8443", "::1:8443", 4, "listeners[0].bind", "[ipv6]:port"),
        row("blank", "127.0.0.1:8443", "a b:1", 4, "listeners[0].bind", "\"a b:1\""),
        row("bad name", "name: web", "name: \"a/b\"", 3, "listeners[0].name", "a name of 1 to 63"),
        inListener(
            "same address",
            second.formatted("127.0.0.1:8443"),
            7,
            "listeners[1].bind",
            "is taken by listeners[0].bind at line 4"),
        inListener(
            "same name",
            second.formatted("127.0.0.1:1").replace("two", "web"),
            7,
            "listeners[1].name",
            "the listener \"web\" is taken"),
        inListener("backlog", "    backlog: 0\n", 7, "listeners[0].backlog", "1 to 65535"),
        inListener(
            "limit",
            "    limits: { connections: 1e6 }\n",
            7,
            "listeners[0].limits.connections",
            "\"1e6\"",
            "0 to 10000000"));
  }

  private static Stream<Row> deadlines() {
    return Stream.of(
        inListener(
            "hello after handshake",
            "    deadlines:\n      handshake: 5s\n      client-hello: 6s\n",
            9,
            "listeners[0].deadlines.client-hello",
            "\"6s\"",
            "at most handshake, 5s"),
        inListener(
            "handshake below the default",
            "    deadlines: { handshake: 1s }\n",
            7,
            "listeners[0].deadlines.handshake",
            "at least client-hello, 5s"),
        inListener(
            "no handshake time",
            "    deadlines: { handshake: 0 }\n",
            7,
            "listeners[0].deadlines.handshake",
            "from 10ms to 10m"),
        inListener(
            "marks swapped",
            "    relay: { high-water: 64KiB, low-water: 256KiB }\n",
            7,
            "listeners[0].relay.low-water",
            "less than high-water, 64KiB"),
        inListener(
            "marks equal",
            "    relay: { high-water: 64KiB }\n",
            7,
            "listeners[0].relay.high-water",
            "more than low-water, 64KiB"),
        inListener(
            "truncation",
            "    relay: { truncation: rst }\n",
            7,
            "listeners[0].relay.truncation",
            "reset or end"));
  }

  private static Stream<Row> tls() {
    return Stream.of(
        inListener("preset", "    tls: old\n", 7, "listeners[0].tls", "intermediate"),
        inListener(
            "version",
            "    tls: { versions: [\"1.1\"] }\n",
            7,
            "listeners[0].tls.versions[0]",
            "1.2 or 1.3"),
        inListener(
            "group twice",
            "    tls: { groups: [X25519, X25519] }\n",
            7,
            "listeners[0].tls.groups",
            "lists \"X25519\" twice"),
        inListener(
            "cipher",
            "    tls: { ciphers: [ECDHE-RSA-AES128-GCM-SHA265] }\n",
            7,
            "listeners[0].tls.ciphers[0]",
            "did you mean \"ECDHE-RSA-AES128-GCM-SHA256\"?"),
        inListener(
            "ciphers of no version",
            "    tls: { preset: modern, ciphers: [ECDHE-RSA-AES128-GCM-SHA256] }\n",
            7,
            "listeners[0].tls.ciphers",
            "no ciphers with TLS 1.3 alone"),
        inListener("no protocol", "    tls: { alpn: [] }\n", 7, "listeners[0].tls.alpn", "empty"),
        inListener(
            "sni",
            "    sni: { unknown: drop }\n",
            7,
            "listeners[0].sni.unknown",
            "default or reject"));
  }

  private static Stream<Row> files() {
    String where = "certificates: certs/";
    String path = "listeners[0].certificates";
    return Stream.of(
        row("no directory", where, "certificates: nothing/", 5, path, "does not exist"),
        row(
            "a file",
            where,
            "certificates: certs/a.crt",
            5,
            path,
            "is a file",
            "a readable directory"),
        row("empty path", where, "certificates: \"\"", 5, path, "a readable directory"),
        row(
            "path on two lines",
            where,
            "certificates: \"a\\nb\"",
            5,
            path,
            "\"a\\nb\" (\"",
            "/a\\nb\") does not exist"),
        row("no pairs", where, "certificates: []", 5, path, "is an empty list"),
        row(
            "no key",
            where,
            "certificates:\n      - chain: certs/a.crt",
            6,
            path + "[0].key",
            "is missing"),
        row(
            "lost key",
            where,
            "certificates: [{chain: certs/a.crt, key: a.key}]",
            5,
            path + "[0].key",
            "\"a.key\"",
            "does not exist"),
        row(
            "directory for a key",
            where,
            "certificates: [{chain: certs/a.crt, key: certs}]",
            5,
            path + "[0].key",
            "is a directory"),
        added("state in a file", "state-dir: certs/a.crt\n", 10, "state-dir", "is a file"),
        added(
            "log in a FIFO",
            "log: {access: ./fifo}\n",
            10,
            "log.access",
            "\"./fifo\"",
            "is a FIFO; expected a regular file or a character device"),
        added(
            "key log in a FIFO",
            "key-log: {file: fifo, sources: [127.0.0.1/32]}\n",
            10,
            "key-log.file",
            "is a FIFO"),
        added(
            "a ratio of tracing above 1",
            "tracing: {endpoint: \"http://127.0.0.1:4318\", ratio: 1.5}\n",
            10,
            "tracing.ratio",
            "expected a number from 0 to 1"),
        added(
            "an endpoint of gRPC",
            "tracing: {endpoint: \"grpc://127.0.0.1:4317\"}\n",
            10,
            "tracing.endpoint",
            "a receiver of OTLP over HTTP"),
        added(
            "a CA without TLS",
            "tracing: {endpoint: \"http://127.0.0.1:4318\", ca: short}\n",
            10,
            "tracing.ca",
            "has no effect"),
        added(
            "a CA file without certificates",
            "tracing: {endpoint: \"https://127.0.0.1:4318\", ca: short}\n",
            10,
            "tracing.ca",
            "has no certificate"),
        added(
            "lost token", "admin: {token-file: none}\n", 10, "admin.token-file", "does not exist"));
  }

  private static Stream<Row> backends() {
    String from = "servers: [\"127.0.0.1:8080\"]";
    return Stream.of(
        row("no servers", from, "servers: []", 9, "backends.app.servers", "at least one item"),
        row("no backends", "  app:\n    " + from, "  {}", 7, "backends", "at least one backend"),
        row("server", from, "servers: [app]", 9, "backends.app.servers[0]", "is not an address"),
        row(
            "no host",
            from,
            "servers: [\":80\"]",
            9,
            "backends.app.servers[0]",
            "\":80\" has no host;"),
        row(
            "port 0",
            from,
            "servers: [\"a:0\"]",
            9,
            "backends.app.servers[0]",
            "\"a:0\" has no port above 0;"),
        row("socket", from, "servers: [\"unix:\"]", 9, "backends.app.servers[0]", "socket path"),
        row(
            "long socket",
            from,
            "servers: [\"unix:/" + "ä".repeat(60) + "\"]",
            9,
            "backends.app.servers[0]",
            "socket path of 121 bytes, and the system allows 107"),
        row(
            "server map",
            from,
            "servers: [{adress: \"a:1\", address: \"a:1\"}]",
            9,
            "backends.app.servers[0].adress",
            "did you mean \"address\"?"),
        added(
            "attempts",
            "    connect: {attempts: 0}\n",
            10,
            "backends.app.connect.attempts",
            "1 to 100"),
        added(
            "backend twice",
            "  app:\n    servers: [\"127.0.0.1:1\"]\n",
            10,
            "backends.app",
            "is set twice, first at line 8"));
  }

  private static Stream<Row> names() {
    return Stream.of(
        row(
            "no such backend",
            "backend: app",
            "backend: ap",
            6,
            "listeners[0].backend",
            "there is no backend named \"ap\"",
            "did you mean \"app\"?"),
        row(
            "unset variable",
            "workers: 2",
            "workers: ${NONE}",
            1,
            "workers",
            "the environment has no NONE",
            "${NONE:-default}"),
        row(
            "open variable",
            "workers: 2",
            "workers: \"${NONE\"",
            1,
            "workers",
            "is not a variable"),
        row(
            "bad variable",
            "workers: 2",
            "workers: \"${a b}\"",
            1,
            "workers",
            "\"${a b}\" is not a variable"),
        row(
            "variable's value",
            "workers: 2",
            "workers: ${WORD}",
            1,
            "workers",
            "\"${WORD}\" has a value that can't be used here"),
        row("tab", "    backend: app", "\tbackend: app", 6, "", "has a tab in its indentation"),
        row("indentation", "    bind:", "      bind:", 4, "", "is not YAML: "),
        row("open bracket", "8080\"]", "8080\"", 10, "", "is not YAML: "),
        row("star", "bind: \"127.0.0.1:8443\"", "bind: *:8443", 4, "", "quote a value"),
        row("two documents", "backends:", "---\nbackends:", 7, "", "remove the line \"---\""),
        row("escape character", "web", "we\u001bb", 3, "", "the byte 0x1b"));
  }

  @BeforeEach
  void layOutFiles() throws Exception {
    assertThat(new ProcessBuilder("mkfifo", directory + "/fifo").start().waitFor()).isZero();
    Files.createDirectory(directory.resolve("certs"));
    Files.writeString(directory.resolve("certs/a.crt"), "x");
    Files.writeString(directory.resolve("short"), "short");
  }

  @ParameterizedTest
  @MethodSource("rows")
  void namesLinePathAndExpectation(Row row) {
    assertThat(GOOD).as("the text that the row replaces").contains(row.from);

    List<String> problems = problems(GOOD.replace(row.from, row.to));

    String start = "t.yaml:" + row.line + (row.path.isEmpty() ? "" : " " + row.path) + ": ";
    assertThat(problems)
        .filteredOn(p -> p.startsWith(start))
        .as("problems %s that start with %s", problems, start)
        .hasSize(1)
        .first()
        .asString()
        .contains(row.words);
  }

  @Test
  void hasEnoughRows() {
    assertThat(rows().count()).isGreaterThan(40);
    assertThat(rows().map(Row::name)).doesNotHaveDuplicates();
  }

  @Test
  void acceptsTheFileThatEveryRowChanges() throws ConfigProblems {
    byte[] content = GOOD.getBytes(StandardCharsets.UTF_8);
    assertThat(new ConfigFile(Map.of()).read("t.yaml", directory, content).warnings()).isEmpty();
  }

  @Test
  void reportsEveryProblemInTheOrderOfTheFile() {
    List<String> problems =
        problems(
            GOOD.replace("workers: 2", "workers: few")
                .replace("8443", "nowhere")
                .replace("certs/", "missing/")
                .replace("8080", "99999"));
    assertThat(problems).hasSize(4);
    assertThat(problems.stream().map(p -> p.substring(0, 8)))
        .containsExactly("t.yaml:1", "t.yaml:4", "t.yaml:5", "t.yaml:9");
  }

  @Test
  void doesNotBlameADefaultForAValueItCouldNotRead() {
    assertThat(
            problems(
                GOOD.replace(
                    "backend: app\n",
                    "backend: app\n    relay: { high-water: big, low-water: 512KiB }\n")))
        .singleElement()
        .asString()
        .contains("relay.high-water");
  }

  @Test
  void neverShowsAPassword() {
    List<String> problems =
        problems(
            GOOD.replace(
                "certs/\n",
                "\n"
                    + "      - {chain: certs/a.crt, key: none, password: [hunter2]}\n"
                    + "      - {chain: certs/a.crt, key: certs/a.crt, password: hunter2, pasword:"
                    + " hunter2}\n"));
    assertThat(problems).hasSize(3);
    assertThat(String.join("\n", problems)).doesNotContain("hunter2");
  }

  @Test
  void refusesWhatIsNoText() {
    byte[] nothing = {};
    byte[] comment = "# nothing\n".getBytes(StandardCharsets.UTF_8);
    byte[] list = "- 1\n".getBytes(StandardCharsets.UTF_8);
    byte[] broken = "a: b\nc: \u00e4\n".getBytes(StandardCharsets.ISO_8859_1);
    byte[] binary = {'a', '\n', 0, 1, 2};
    byte[] large = new byte[(1 << 20) + 1];
    Arrays.fill(large, (byte) '#');
    assertThat(problems(nothing)).singleElement().asString().startsWith("t.yaml:1: is empty");
    assertThat(problems(comment)).singleElement().asString().startsWith("t.yaml:1: is empty");
    assertThat(problems(list)).singleElement().asString().contains("is a list; expected a map");
    assertThat(problems(broken)).singleElement().asString().startsWith("t.yaml:2: is not UTF-8");
    assertThat(problems(binary))
        .singleElement()
        .asString()
        .startsWith("t.yaml:2: contains the byte");
    assertThat(problems(large)).singleElement().asString().contains("has more than 1 MiB");
  }

  @Test
  void refusesTreesTooDeepAndAliasesThatContainThemselves() {
    assertThat(problems("a: " + "[".repeat(200) + "]".repeat(200)))
        .singleElement()
        .asString()
        .contains("is not YAML");
    assertThat(problems(GOOD.replace("backends:", "log: &l\n  access: *l\nbackends:")))
        .singleElement()
        .asString()
        .contains("log.access: is a map");
  }

  @Test
  void saysWhyAFileCannotBeRead() {
    ConfigProblems missing =
        catchThrowableOfType(
            ConfigProblems.class,
            () -> new ConfigFile(Map.of()).read(directory.resolve("none.yaml")));
    ConfigProblems directoryItself =
        catchThrowableOfType(ConfigProblems.class, () -> new ConfigFile(Map.of()).read(directory));
    assertThat(missing.getMessage()).contains("none.yaml: does not exist; expected");
    assertThat(directoryItself.getMessage()).contains(": is a directory; expected");
  }

  private List<String> problems(String content) {
    return problems(content.getBytes(StandardCharsets.UTF_8));
  }

  private List<String> problems(byte[] content) {
    ConfigProblems problems =
        catchThrowableOfType(
            ConfigProblems.class,
            () -> new ConfigFile(Map.of("WORD", "word")).read("t.yaml", directory, content));
    assertThat(problems).as("problems of the file").isNotNull();
    return problems.problems().stream().map(Object::toString).toList();
  }
}
