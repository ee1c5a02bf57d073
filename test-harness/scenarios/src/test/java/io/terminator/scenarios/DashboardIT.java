package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.terminator.testkit.Alone;
import io.terminator.testkit.Credential;
import io.terminator.testkit.EchoBackend;
import io.terminator.testkit.RawTlsClient;
import io.terminator.testkit.TestCa;
import io.terminator.testkit.TlsConnection;
import io.terminator.testkit.Validity;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The dashboard in a browser while clients are served. Long because all tests share one start. */
@Alone(
    "a browser is as busy as a whole scenario, and drops requests when the network of the machine changes")
class DashboardIT {
  private static final String TOKEN = "a-token-that-nobody-guesses";
  private static final String OTHER_TOKEN = "the-token-after-a-rotation";
  private static final String READ_ONLY_TOKEN = "a-token-that-is-for-looking";
  private static final String MARKUP = "<img src=x onerror=alert(1)>";
  private static final int SHIFT = 8;
  private static final Path SCREENSHOTS = Path.of("target", "dashboard");

  /**
   * The minimum contrast of text up to 18 px is 4.5 (WCAG 2.2, 1.4.3); this page has no element
   * that is dimmed on purpose.
   */
  private static final String WEAK_CONTRASTS =
      """
      (() => {
        const parse = (text) => text.match(/[\\d.]+/g).map(Number);
        const light = ([r, g, b]) => {
          const [x, y, z] = [r, g, b].map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
          return 0.2126 * x + 0.7152 * y + 0.0722 * z;
        };
        const behind = (element) => {
          for (; element; element = element.parentElement) {
            const colour = parse(getComputedStyle(element).backgroundColor);
            if (colour.length === 3 || colour[3] === 1) return colour;
          }
          return [255, 255, 255];
        };
        const weak = [];
        const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        while (texts.nextNode()) {
          const element = texts.currentNode.parentElement;
          if (!texts.currentNode.textContent.trim() || !element.checkVisibility()) continue;
          const [one, other] = [light(parse(getComputedStyle(element).color)), light(behind(element))];
          const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
          if (ratio < 4.5) weak.push(`${element.tagName} "${texts.currentNode.textContent}" ${ratio.toFixed(2)}`);
        }
        return weak;
      })()
      """;

  /** The number of pixels of a chart that have the current colour of {@code --first}. */
  private static final String DRAWN =
      """
      (() => {
        const canvas = document.querySelector('#%s canvas');
        if (!canvas) return 0;
        const wanted = getComputedStyle(document.documentElement).getPropertyValue('--first').trim();
        const [r, g, b] = [1, 3, 5].map((at) => parseInt(wanted.slice(at, at + 2), 16));
        const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true });
        copy.drawImage(canvas, 0, 0);
        const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
        let drawn = 0;
        for (let i = 0; i < data.length; i += 4) {
          if (data[i + 3] > 200 && Math.abs(data[i] - r) + Math.abs(data[i + 1] - g) + Math.abs(data[i + 2] - b) < 12) drawn++;
        }
        return drawn;
      })()
      """;

  /** The layout shift while the page's clock advanced twice (Layout Instability API). */
  private static final String SHIFTED =
      """
      new Promise((resolve) => {
        let begun = Infinity;
        let moved = 0;
        new PerformanceObserver((list) => {
          moved += list.getEntries().filter((each) => each.startTime > begun).reduce((sum, each) => sum + each.value, 0);
        }).observe({ type: 'layout-shift' });
        let ticks = 0;
        new MutationObserver(() => {
          if (++ticks === 1) begun = performance.now();
          if (ticks === 3) requestAnimationFrame(() => setTimeout(() => resolve(moved), 50));
        }).observe(document.getElementById('uptime'), { childList: true });
      })
      """;

  @TempDir private static Path files;

  private static final TestCa CA = TestCa.create();
  private static final Credential ADMIN = CA.server("127.0.0.1");
  private static Chromium chromium;
  private static EchoBackend backend;
  private static RunningTerminator terminator;
  private static ScheduledExecutorService traffic;

  /** Enters the token; each test leaves the page in this state. */
  private static ChromiumPage page;

  @BeforeAll
  static void start() throws IOException {
    chromium = Chromium.start(ADMIN.leaf().getPublicKey());
    Path tokenFile = Files.writeString(files.resolve("token"), TOKEN + "\n");
    backend = EchoBackend.start();
    terminator =
        RunningTerminator.start(
            CA,
            Map.of("localhost", CA.server("localhost")),
            """
            workers: 2
            listeners:
              - { name: web, bind: "127.0.0.1:0", certificates: certs/, sni: { unknown: reject }, backend: app }
            backends:
              app: { servers: ["127.0.0.1:%d"], check: { type: tcp, interval: 100ms } }
            admin: { bind: "127.0.0.1:0", token-file: "%s" }
            """
                .formatted(backend.port(), tokenFile));
    onlyOwnerReadsKeys();
    refused(
        terminator.client().serverName("nobody.example").alpn(MARKUP).raw(terminator.address()));
    refused(null);
    traffic = Executors.newSingleThreadScheduledExecutor();
    traffic.scheduleWithFixedDelay(DashboardIT::serveOne, 0, 100, TimeUnit.MILLISECONDS);
    page = chromium.open();
    page.size(1440, 900);
    page.go(url(terminator));
    page.awaitTrue("document.getElementById('access').open");
    page.insert(TOKEN);
    page.press("Enter", 13);
    page.awaitText("state", "serving");
  }

  /**
   * Sets the permissions regardless of the umask, because a key that everyone can read would be
   * reported as a problem.
   */
  private static void onlyOwnerReadsKeys() throws IOException {
    Path certificates = terminator.directory().resolve("certs");
    try (Stream<Path> all = Files.list(certificates)) {
      for (Path file : all.toList()) {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
      }
    }
    terminator.terminator().certificates().reload();
  }

  /** An unknown name, or a name that contains markup; null for the latter. */
  private static void refused(RawTlsClient client) throws IOException {
    String name = "a-name-as-long-as-the-markup";
    assertThat(name).hasSameSizeAs(MARKUP);
    try (RawTlsClient raw =
        client != null ? client : terminator.client().serverName(name).raw(terminator.address())) {
      String hello = new String(raw.clientHello(), StandardCharsets.ISO_8859_1);
      raw.sendRaw(hello.replace(name, MARKUP).getBytes(StandardCharsets.ISO_8859_1));
      raw.tcp().readToEnd();
    }
  }

  private static void serveOne() {
    try (TlsConnection client = terminator.client().connect(terminator.address())) {
      byte[] request = new byte[30_000];
      client.write(request);
      assertThat(client.readExactly(request.length)).hasSize(request.length);
    } catch (IOException | AssertionError duringTheEnd) {
      // The page shows served connections; a failed client is visible as missing figures.
    }
  }

  @AfterAll
  static void stop() throws InterruptedException {
    if (traffic != null) {
      traffic.shutdown();
      assertThat(traffic.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
    }
    if (terminator != null) {
      terminator.close();
      backend.close();
    }
    if (chromium != null) {
      chromium.close();
    }
  }

  @Test
  void asksForTheTokenAndKeepsItToItself() throws IOException {
    Path secrets = Files.createDirectory(files.resolve("secrets"));
    ADMIN.writeTo(secrets, "admin");
    Path tokenFile = Files.writeString(secrets.resolve("full"), TOKEN);
    Files.writeString(secrets.resolve("look"), READ_ONLY_TOKEN);
    String admin =
        "admin: { bind: \"127.0.0.1:0\", token-file: @/full, read-only-token-file: @/look,"
            + " tls: { certificate: @/admin.crt, key: @/admin.key } }\n";
    try (RunningTerminator own =
            RunningTerminator.before(
                backend.address(), "", "workers: 1\n" + admin.replace("@", secrets.toString()));
        ChromiumPage page = chromium.open()) {
      page.go(url(own));
      page.awaitTrue("document.getElementById('access').open");
      assertThat(page.evaluate("document.activeElement.id").asText()).isEqualTo("token");
      page.insert("a-token-that-is-wrong");
      page.press("Enter", 13);
      page.awaitText("token-problem", "the token is not that of admin.token-file");
      assertThat(page.text("state")).isEqualTo("…");
      assertThat(page.evaluate("document.activeElement.id").asText()).isEqualTo("token");
      page.insert(TOKEN);
      page.press("Enter", 13);
      page.awaitText("state", "serving");
      assertThat(page.evaluate("document.getElementById('access').open").asBoolean()).isFalse();

      assertThat(page.evaluate("localStorage.length + sessionStorage.length").asInt()).isZero();
      assertThat(page.evaluate("location.search + location.hash").asText()).isEmpty();
      assertThat(page.evaluate("document.documentElement.outerHTML").asText())
          .doesNotContain(TOKEN);
      assertThat(page.evaluate("document.getElementById('token').value").asText()).isEmpty();
      assertThat(page.cookies()).isZero();
      assertThat(page.evaluate("indexedDB.databases().then((all) => all.length)").asInt()).isZero();

      // Rewritten as in a rotation: the old token is refused, and the page asks again.
      Files.writeString(tokenFile, OTHER_TOKEN);
      page.awaitTrue("document.getElementById('access').open");
      page.insert(READ_ONLY_TOKEN);
      page.press("Enter", 13);
      page.awaitTrue("!document.getElementById('access').open");
      page.type("upload-name", "new.example");
      page.choose("upload-chain", secrets.resolve("admin.crt"));
      page.evaluate("document.querySelector('#upload button').click()");
      page.awaitText("upload-verdict", "the token is read-only");

      page.click("leave");
      page.awaitTrue("document.getElementById('access')?.open === true");
      assertThat(page.text("state")).isEqualTo("…");
      assertSound(page, url(own), "status of 403 ");
    }
  }

  @Test
  void showsWhatHappens() {
    page.awaitTrue(DRAWN.formatted("throughput").strip() + " > 20");
    page.awaitTrue(DRAWN.formatted("handshakes").strip() + " > 20");
    await()
        .atMost(RunningTerminator.PATIENCE)
        .untilAsserted(() -> assertThat(page.text("traffic-in")).matches("[1-9].*[kM]B/s"));
    assertThat(page.evaluate("document.querySelector('#throughput .plot').ariaLabel").asText())
        .contains("from clients", "peak");
    assertThat(page.text("listeners")).contains("web", "" + terminator.address().getPort());
    assertThat(page.evaluate("document.querySelectorAll('#workers tbody tr').length").asInt())
        .isEqualTo(2);
    page.awaitText("workers", "B/s");
    page.awaitText("backends", "up");
    assertThat(page.text("backends")).contains("127.0.0.1:" + backend.port(), "ready");
    assertThat(page.text("certificates")).contains("localhost", "EC");
    page.awaitText("log-entries", "");
    await()
        .atMost(RunningTerminator.PATIENCE)
        .untilAsserted(() -> assertThat(page.text("log-entries")).matches("[1-9][0-9,]*"));

    String failures = page.text("failures");
    assertThat(failures)
        .contains("nobody.example", MARKUP, "unknown sni", "add a certificate for the name")
        .contains("host name");
    assertThat(page.evaluate("document.images.length").asInt()).isZero();
    assertSound("");
  }

  @Test
  void saysWhatNeedsAttention() {
    page.awaitText("attention", "Nothing needs attention");
    terminator.terminator().pools().get(0).setState(serverName(), state("drain"));
    try {
      page.awaitText("attention", "Backend app has no usable server");
      page.awaitText("backends", "drain");
    } finally {
      terminator.terminator().pools().get(0).setState(serverName(), state("ready"));
    }
    page.awaitText("attention", "Nothing needs attention");

    page.online(false);
    page.awaitText("lost", "No new figures since");
    page.online(true);
    page.awaitTrue("document.getElementById('lost').textContent === ''");

    assertSound("net::ERR_INTERNET_DISCONNECTED");
  }

  @Test
  void whatIsRefusedIsRedAndNoCertificateIsNotHealthy() {
    page.awaitText("closes", "handshake failed");
    assertThat(page.text("closes")).contains("client closed");
    page.click("pause");
    page.evaluate(
        """
        Promise.all([import('/dashboard/figures.js'), import('/dashboard/attention.js')]).then(([figures, attention]) => {
          const old = { certificate: 'old', hosts: ['old.example'], keyKind: 'ec', keyBits: 256, daysLeft: 20,
            notAfter: '2027-01-01T00:00:00Z', version: 1, source: 'old.pem' };
          const problem = (certificate, severity) => ({ certificate, severity, place: 'x.pem', problem: 'no key', kind: 'k' });
          figures.showCertificates({ certificates: [old, { ...old, certificate: 'fine' }],
            problems: [problem('old', 'refused'), problem('gone', 'refused'), problem('fine', 'warning')] });
        })
        """);
    page.awaitText("certificates", "refused: no key");
    assertThat(
            page.evaluate(
                    "[...document.querySelectorAll('#certificates tr.bad > th')].map(each => each.textContent).join()")
                .asText())
        .isEqualTo("gone,old");
    page.evaluate(
        """
        Promise.all([import('/dashboard/figures.js'), import('/dashboard/attention.js')]).then(([figures, attention]) => {
          figures.showCertificates({ certificates: [], problems: [] });
          attention.showAttention({ certificates: { certificates: [], problems: [] } });
        })
        """);
    page.awaitText("attention", "No certificate is in service");
    assertThat(page.evaluate("document.querySelector('#certificates td.bad').textContent").asText())
        .isEqualTo("No certificate is in service");
    page.click("pause");
    page.awaitText("attention", "Nothing needs attention");
    assertSound("");
  }

  @Test
  void noCertificateIsNeededWhereAllTlsIsPassedThrough() {
    try (RunningTerminator open =
            RunningTerminator.start(
                CA,
                Map.of(),
                """
                workers: 1
                listeners:
                  - name: web
                    bind: "127.0.0.1:0"
                    routes: [{ sni: passed.example, mode: passthrough, backend: app }]
                backends: { app: { servers: ["127.0.0.1:%d"] } }
                """
                    .formatted(backend.port()));
        ChromiumPage page = chromium.open()) {
      page.go(url(open));
      page.awaitText("state", "serving");
      page.awaitText("attention", "Nothing needs attention");
      page.awaitText("certificates", "No listener needs a certificate");
      assertThat(page.text("attention")).doesNotContain("No certificate");
      assertSound(page, url(open), "");
    }
  }

  @Test
  void columnsAreCardsOnANarrowPage() throws IOException {
    page.size(400, 900);
    page.awaitText("failures", "nobody.example");
    assertThat(
            page.evaluate(
                    """
                    [...document.querySelectorAll('.scroll')].filter(each => each.scrollWidth > each.clientWidth)
                      .map(each => each.firstElementChild.id).join()
                    """)
                .asText())
        .as("what is off-screen to the right")
        .isEmpty();
    assertThat(
            page.evaluate(
                    """
                    [...document.querySelectorAll('#workers tbody tr:first-child td')]
                      .map(each => getComputedStyle(each, '::before').content.replaceAll('"', '')).join('|')
                    """)
                .asText())
        .startsWith("Open|Traffic from / to clients: From|Traffic from / to clients: To|")
        .endsWith("|Loop lag|Read pauses");
    page.screenshot(SCREENSHOTS.resolve("cards-400.png"));
    page.size(1440, 900);
    assertSound("");
  }

  @Test
  void asksForNothingWhereNoTokenIsSet() {
    Instant now = Instant.now();
    Credential soon =
        CA.leaf("soon.example")
            .validity(new Validity(now.minus(Duration.ofDays(20)), now.plus(Duration.ofDays(5))))
            .issue();
    Credential brief = CA.leaf("brief.example").validity(Validity.of(Duration.ofDays(6))).issue();
    try (RunningTerminator open =
            RunningTerminator.start(
                CA,
                Map.of(
                    "localhost",
                    CA.server("localhost"),
                    "soon",
                    soon,
                    "brief",
                    brief,
                    "old",
                    CA.expired("old.example")),
                """
                workers: 1
                listeners: [{ name: web, bind: "127.0.0.1:0", certificates: certs/, backend: app }]
                backends: { app: { servers: ["127.0.0.1:%d"] } }
                """
                    .formatted(backend.port()));
        ChromiumPage page = chromium.open()) {
      page.go(url(open));
      page.awaitText("state", "serving");
      page.awaitText("failures", "No handshake has failed");
      assertThat(page.evaluate("document.getElementById('access').open").asBoolean()).isFalse();
      assertThat(page.evaluate("document.getElementById('leave').hidden").asBoolean()).isTrue();
      page.awaitText("attention", "1 certificate expired");
      assertThat(page.text("attention"))
          .contains("1 certificate to renew", "problems with certificates");
      assertThat(page.text("certificates")).containsSubsequence("old.example", "expired", "soon");
      assertThat(
              page.evaluate(
                      """
                      [...document.querySelectorAll('#certificates td.warn')]
                        .map(each => each.parentElement.cells[0].textContent).join()
                      """)
                  .asText())
          .as("a fresh certificate of six days is not highlighted")
          .isEqualTo("soon");
      assertThat(page.text("certificate-problems")).contains("last resort: old");
      assertThat(page.evaluate(SHIFTED).asDouble())
          .as("figures change in their places")
          .isLessThan(0.001);
      assertStandsStillWhilePaused(page);
      assertSound(page, url(open), "");
    }
  }

  /** The layout holds for any number of entries of any length. */
  private static void assertStandsStillWhilePaused(ChromiumPage page) {
    page.click("pause");
    assertThat(page.evaluate("document.getElementById('pause').ariaPressed").asText())
        .isEqualTo("true");
    page.evaluate(
        """
        Promise.all([import('/dashboard/figures.js'), import('/dashboard/attention.js')]).then(([figures, attention]) => {
          const host = 'x'.repeat(253);
          const certificates = Array.from({ length: 300 }, (none, i) => ({
            certificate: `c${i}`, hosts: [host], keyKind: 'rsa', keyBits: 2048, notAfter: '2027-01-01T00:00:00Z',
            daysLeft: 300 - i, version: 1, source: 'api',
          }));
          const servers = [{ usable: true }, { usable: false }];
          figures.showCertificates({ certificates, problems: [] });
          attention.showAttention({
            status: { state: 'draining' }, log: { dropped: 1, failures: 1 }, backends: { backends: [{ backend: 'b', servers }] },
          });
        })
        """);
    String shown = page.text("attention");
    assertThat(shown)
        .contains("is draining", "has dropped lines", "Writing the access log has failed")
        .contains("Backend b lacks 1 of 2 servers");
    assertThat(page.text("certificate-count")).isEqualTo("300 of 300, of which 200 are shown");
    assertThat(page.text("certificates")).contains("c299", "c100").doesNotContain("c99");
    assertThat(page.evaluate("document.documentElement.scrollWidth - innerWidth").asInt())
        .as("a long name stays in its column")
        .isNotPositive();
    await()
        .during(Duration.ofMillis(1200))
        .atMost(RunningTerminator.PATIENCE)
        .until(() -> page.text("attention").equals(shown));

    page.click("pause");
    page.awaitText("attention", "1 certificate expired");
  }

  private static String serverName() {
    return terminator.terminator().pools().get(0).view().get(0).name();
  }

  private static io.terminator.core.route.ServerState state(String label) {
    return Stream.of(io.terminator.core.route.ServerState.values())
        .filter(each -> each.label().equals(label))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void uploadsACertificateAfterADryRun() throws IOException {
    Credential first = CA.server("new.example");
    Path chain = Files.writeString(files.resolve("new.crt"), first.chainPem());
    Path key = Files.writeString(files.resolve("new.key"), first.keyPem());
    Path wrong = Files.writeString(files.resolve("wrong.key"), CA.server("new.example").keyPem());
    page.type("upload-name", "new.example");
    page.choose("upload-chain", chain);
    page.choose("upload-key", wrong);
    page.evaluate("document.querySelector('#upload button').click()");
    page.awaitText("upload-report", "does not belong to the certificate");
    assertThat(page.text("upload-report")).contains("is rejected");
    assertThat(page.evaluate("document.getElementById('upload-apply').hidden").asBoolean())
        .isTrue();

    page.choose("upload-key", key);
    assertThat(page.evaluate("document.getElementById('upload-report').hidden").asBoolean())
        .as("a report about other files is gone")
        .isTrue();
    page.evaluate("document.querySelector('#upload button').click()");
    page.awaitText("upload-verdict", "nothing has changed yet");
    assertThat(page.text("effect-moves")).contains("new.example", "EC", "none");
    assertThat(page.text("effect-fingerprint")).hasSizeGreaterThan(40);
    assertThat(page.text("effect-clients")).matches("[0-9,]+ of [0-9,]+ would end otherwise.*");
    assertThat(page.text("certificates")).doesNotContain("new.example");
    assertThat(serves("new.example")).isFalse();

    // What was checked is applied, whatever the file says by now.
    Files.writeString(key, "something else");
    page.click("upload-apply");
    page.awaitText("upload-verdict", "is now in service");
    page.awaitText("certificates", "new.example");
    assertThat(serves("new.example")).isTrue();
    assertThat(page.evaluate("document.getElementById('upload-apply').hidden").asBoolean())
        .isTrue();
    page.type("certificate-filter", "new.ex");
    page.awaitText("certificate-count", "1 of 2");
    page.evaluate(
        "{ const filter = document.getElementById('certificate-filter');"
            + " filter.value = ''; filter.dispatchEvent(new Event('input')); }");
    assertSound("status of 422 ");
  }

  private static boolean serves(String name) {
    try (TlsConnection client =
        terminator.client().fresh().serverName(name).checkingName().connect(terminator.address())) {
      return true;
    } catch (IOException refused) {
      return false;
    }
  }

  @Test
  void isUsedByKeyboardAlone() {
    page.awaitText("failures", "nobody.example");
    int controls =
        page.evaluate(
                """
                globalThis.controls = [...document.querySelectorAll('a[href], button, input, select, [tabindex="0"]')]
                    .filter((each) => each.checkVisibility() && !each.closest('dialog')),
                controls.length
                """)
            .asInt();
    assertThat(controls).isGreaterThan(15);
    List<Integer> visited = new ArrayList<>();
    // Backwards onto the first one: a page begins wherever it was left.
    page.evaluate("controls[1].focus()");
    page.press("Tab", 9, SHIFT);
    visited.add(page.evaluate("controls.indexOf(document.activeElement)").asInt());
    for (int i = 1; i < controls; i++) {
      page.press("Tab", 9);
      visited.add(page.evaluate("controls.indexOf(document.activeElement)").asInt());
      assertThat(page.evaluate("getComputedStyle(document.activeElement).outlineStyle").asText())
          .as("focus is visible")
          .isNotEqualTo("none");
    }
    List<Integer> all = new ArrayList<>();
    for (int i = 0; i < controls; i++) {
      all.add(i);
    }
    assertThat(visited).as("in the order of the page").isEqualTo(all);

    for (JsonNode node : page.send("Accessibility.getFullAXTree", Map.of()).path("nodes")) {
      boolean isControl =
          List.of("button", "link", "textbox", "searchbox", "combobox", "region", "table", "image")
              .contains(node.path("role").path("value").asText());
      if (isControl && !node.path("ignored").asBoolean()) {
        assertThat(node.path("name").path("value").asText())
            .as("name for a screen reader: " + node)
            .isNotBlank();
      }
    }
    assertThat(
            page.evaluate(
                    "[...document.querySelectorAll('thead th')].filter((each) => !each.scope).length")
                .asInt())
        .isZero();
    assertSound("");
  }

  @Test
  void isReadableByDayAndNightOnAnyWidth() throws IOException {
    page.awaitText("failures", "nobody.example");
    page.evaluate("document.activeElement.blur(), scrollTo({ top: 0, behavior: 'instant' })");
    for (String scheme : List.of("light", "dark")) {
      page.prefer(scheme);
      for (int width : List.of(1440, 360)) {
        page.size(width, 900);
        page.awaitTrue(DRAWN.formatted("throughput").strip() + " > 20");
        assertThat(page.evaluate("document.documentElement.scrollWidth").asInt())
            .as("the page scrolls down only")
            .isLessThanOrEqualTo(width);
        assertThat(page.evaluate(WEAK_CONTRASTS)).as(scheme + " contrasts").isEmpty();
        page.screenshot(SCREENSHOTS.resolve(scheme + "-" + width + ".png"));
      }
    }
    page.prefer("light");
    page.size(1440, 900);
    assertSound("");
  }

  private static void assertSound(String expected) {
    assertSound(page, url(terminator), expected);
  }

  private static void assertSound(ChromiumPage page, String origin, String expected) {
    assertThat(page.complaints(expected)).as("errors in the console").isEmpty();
    assertThat(page.requests()).isNotEmpty().allMatch(each -> each.startsWith(origin));
    assertThat(String.join(" ", page.requests())).doesNotContain(TOKEN, READ_ONLY_TOKEN);
  }

  private static String url(RunningTerminator appliance) {
    return appliance.terminator().adminUrl() + "/";
  }
}
