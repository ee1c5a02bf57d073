package io.terminator.admin.dashboard;

import io.terminator.admin.http.AdminRequest;
import io.terminator.admin.http.AdminResponse;
import io.terminator.admin.http.AdminRoutes;
import io.terminator.admin.http.ApiOperation;
import io.terminator.admin.http.ProblemDetails;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Serves the dashboard and its files, which are read from the class path by their first request: a
 * start has no time for them. The files contain no data of this appliance and need no token: the
 * page asks for one when {@code /v1} requires it.
 */
public final class Dashboard {
  private static final String HTML = "text/html; charset=utf-8";
  private static final String CSS = "text/css; charset=utf-8";
  private static final String SCRIPT = "text/javascript; charset=utf-8";

  private static final String PAGE = "index.html";

  private static final Map<String, String> OWN =
      Map.ofEntries(
          Map.entry("dashboard.css", CSS),
          Map.entry("icon.svg", "image/svg+xml"),
          Map.entry("main.js", SCRIPT),
          Map.entry("api.js", SCRIPT),
          Map.entry("access.js", SCRIPT),
          Map.entry("attention.js", SCRIPT),
          Map.entry("charts.js", SCRIPT),
          Map.entry("figures.js", SCRIPT),
          Map.entry("format.js", SCRIPT),
          Map.entry("tables.js", SCRIPT),
          Map.entry("upload.js", SCRIPT));

  private static final Map<String, String> OF_UPLOT =
      Map.of("uPlot.iife.min.js", SCRIPT, "uPlot.min.css", CSS);

  /**
   * Content Security Policy, level 3. The page shows text from untrusted clients (server names,
   * protocols); the policy keeps it from being executed even if the page has a bug: only our own
   * script files run, and no text becomes markup (Trusted Types).
   */
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:;"
          + " frame-ancestors 'none'; base-uri 'none'; form-action 'none';"
          + " require-trusted-types-for 'script'; trusted-types 'none'";

  private final Map<String, AdminResponse> files = new ConcurrentHashMap<>();

  private Dashboard() {}

  /** Adds {@code /} and {@code /dashboard/}. */
  public static void addTo(AdminRoutes routes) {
    Dashboard dashboard = new Dashboard();
    routes
        .add(
            "GET", "/", ApiOperation.Access.OPEN, "The dashboard page", request -> dashboard.page())
        .add(
            "GET",
            "/dashboard/{file}",
            ApiOperation.Access.OPEN,
            "Files of the dashboard page",
            dashboard::file);
  }

  private AdminResponse file(AdminRequest request) {
    String name = request.pathValue("file");
    String own = OWN.get(name);
    if (own != null) {
      return files.computeIfAbsent(name, key -> answer(own, read(name)));
    }
    String ofUplot = OF_UPLOT.get(name);
    if (ofUplot != null) {
      return files.computeIfAbsent(name, key -> answer(ofUplot, read(uPlotFolder() + name)));
    }
    Set<String> names = new TreeSet<>(OWN.keySet());
    names.addAll(OF_UPLOT.keySet());
    throw ProblemDetails.notFound(
        "path.file: the dashboard has no such file; expected one of " + names);
  }

  private AdminResponse page() {
    return files.computeIfAbsent(PAGE, key -> answer(HTML, read(PAGE)));
  }

  private static AdminResponse answer(String type, byte[] content) {
    return AdminResponse.of(type, content)
        .with("content-security-policy", POLICY)
        .with("cross-origin-opener-policy", "same-origin")
        .with("cross-origin-resource-policy", "same-origin")
        .with("referrer-policy", "no-referrer");
  }

  /** The paths in the library's jar contain its version, which its Maven properties state. */
  private static String uPlotFolder() {
    String place = "/META-INF/maven/org.webjars.npm/uplot/pom.properties";
    Properties properties = new Properties();
    try (InputStream in = open(place)) {
      properties.load(in);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
    String version = properties.getProperty("version");
    if (version == null) {
      throw new IllegalStateException(place + " names no version");
    }
    return "/META-INF/resources/webjars/uplot/" + version + "/dist/";
  }

  private static byte[] read(String name) {
    try (InputStream in = open(name)) {
      return in.readAllBytes();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static InputStream open(String name) throws IOException {
    InputStream in = Dashboard.class.getResourceAsStream(name);
    if (in == null) {
      throw new FileNotFoundException(name + " is not on the class path; the build is incomplete");
    }
    return in;
  }
}
