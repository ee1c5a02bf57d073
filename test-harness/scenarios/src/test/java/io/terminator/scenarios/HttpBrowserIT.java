package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.testkit.Credential;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import io.terminator.testkit.TestCa;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Chromium loads a page of a Node server over h2 and opens a WebSocket on the same connection. */
class HttpBrowserIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final Pattern CONNECTION = Pattern.compile("\"connection\":\"[0-9a-f]+\"");

  /** A page with a script, an upload, and an echo of unfragmented text frames. */
  private static final String SERVER =
      """
      const http = require('http'), crypto = require('crypto');
      let upgrades = '';
      const s = http.createServer((q, r) => {
        if (q.method === 'POST') {
          let n = 0;
          q.on('data', d => n += d.length);
          q.on('end', () => r.end(JSON.stringify({ n, upgrades, proto: q.headers['x-forwarded-proto'] })));
        } else {
          r.setHeader('Content-Type', 'text/html');
          r.end('<!doctype html><link rel=icon href="data:,"><title>page</title><p id=p>here</p>');
        }
      });
      s.on('upgrade', (q, c) => {
        upgrades += q.method + ' HTTP/' + q.httpVersion + ' ' + q.headers.origin;
        const accept = crypto.createHash('sha1')
            .update(q.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11').digest('base64');
        c.write('HTTP/1.1 101 Switching Protocols\\r\\nConnection: upgrade\\r\\nUpgrade: websocket\\r\\n'
            + 'Sec-WebSocket-Accept: ' + accept + '\\r\\n\\r\\n');
        let held = Buffer.alloc(0);
        c.on('data', d => {
          held = Buffer.concat([held, d]);
          while (held.length >= 2) {
            let length = held[1] & 127, at = 2;
            if (length === 126) {
              if (held.length < 4) return;
              length = held.readUInt16BE(2);
              at = 4;
            }
            if (held.length < at + 4 + length) return;
            const mask = held.subarray(at, at + 4), data = Buffer.from(held.subarray(at + 4, at + 4 + length));
            for (let i = 0; i < length; i++) data[i] ^= mask[i & 3];
            const head = length < 126
                ? Buffer.from([held[0], length])
                : Buffer.from([held[0], 126, length >> 8, length & 255]);
            c.write(Buffer.concat([head, data]));
            if ((held[0] & 15) === 8) c.end();
            held = held.subarray(at + 4 + length);
          }
        });
        c.on('error', () => {});
      });
      s.listen(0, '127.0.0.1', () => console.log('port ' + s.address().port));
      """;

  @Test
  void aPageAndItsWebSocketShareAConnectionOfHttp2() throws Exception {
    Processes.assumeAvailable("node");
    TestCa ca = TestCa.create();
    Credential site = ca.server("localhost", "127.0.0.1");
    try (RunningProcess node = Processes.start("node", "-e", SERVER)) {
      String port = node.awaitLine("port (\\d+)", PATIENCE).group(1);
      try (RunningTerminator terminator =
              RunningTerminator.start(
                  ca,
                  Map.of("localhost", site),
                  """
                  workers: 1
                  listeners:
                    - { name: web, bind: "127.0.0.1:0", certificates: certs/, backend: app, http: {} }
                  backends:
                    app: { servers: ["127.0.0.1:%s"] }
                  """
                      .formatted(port));
          Chromium chromium = Chromium.start(site.leaf().getPublicKey());
          ChromiumPage page = chromium.open()) {
        page.go("https://localhost:" + terminator.address().getPort() + "/");
        page.awaitTrue("document.getElementById('p')?.textContent === 'here'");
        assertThat(
                page.evaluate("performance.getEntriesByType('navigation')[0].nextHopProtocol")
                    .asText())
            .isEqualTo("h2");
        page.evaluate(
            """
            window.got = [];
            window.socket = new WebSocket('wss://' + location.host + '/chat');
            socket.onopen = () => { socket.send('hello'); socket.send('x'.repeat(5000)); };
            socket.onmessage = event => got.push(event.data.length < 10 ? event.data : event.data.length);
            socket.onclose = event => got.push('closed ' + event.code);
            socket.onerror = () => got.push('error');
            0
            """);
        page.awaitTrue("got.length >= 2");
        assertThat(page.evaluate("got.join(' ')").asText()).isEqualTo("hello 5000");
        page.evaluate("socket.close(1000); 0");
        page.awaitTrue("got.length >= 3");
        assertThat(page.evaluate("got[2]").asText()).isEqualTo("closed 1000");
        page.evaluate(
            """
            fetch('/up', { method: 'POST', body: 'b'.repeat(300000) })
                .then(response => response.text()).then(text => window.uploaded = text);
            0
            """);
        page.awaitTrue("typeof uploaded === 'string'");
        assertThat(page.evaluate("uploaded").asText())
            .isEqualTo(
                "{\"n\":300000,\"upgrades\":\"GET HTTP/1.1 https://localhost:"
                    + terminator.address().getPort()
                    + "\",\"proto\":\"https\"}");
        await()
            .atMost(PATIENCE)
            .untilAsserted(
                () -> {
                  String chat = line(terminator, "/chat");
                  assertThat(chat).contains("\"version\":\"HTTP/2\"", "\"reason\":\"complete\"");
                  Matcher connection = CONNECTION.matcher(line(terminator, "/"));
                  assertThat(connection.find()).isTrue();
                  assertThat(chat).contains(connection.group());
                });
      }
    }
  }

  /** The line of the first request for {@code path} in the access log. */
  private static String line(RunningTerminator terminator, String path) throws IOException {
    return terminator
        .accessLog()
        .lines()
        .filter(line -> line.contains("\"path\":\"" + path + "\""))
        .findFirst()
        .orElse("");
  }
}
