package io.terminator.admin.metrics;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.terminator.admin.http.AdminRequest;
import io.terminator.admin.http.AdminResponse;
import io.terminator.admin.http.AdminRoutes;
import io.terminator.admin.http.ApiOperation;
import io.terminator.admin.http.Contract;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * {@code /metrics}: the Prometheus text format 0.0.4, or OpenMetrics 1.0.0 for a client that
 * prefers it (RFC 9110, section 12.5.1), compressed with gzip for a client that accepts it. Any
 * thread that may wait.
 */
public final class Exposition {
  private static final String OPEN_METRICS = "application/openmetrics-text";

  /** Below this size the gzip header costs more than compression saves. */
  private static final int WORTH_PACKING = 1024;

  private final Metrics metrics;

  private Exposition(Metrics metrics) {
    this.metrics = metrics;
  }

  public static void addTo(AdminRoutes routes, Metrics metrics) {
    routes.add(
        "GET",
        "/metrics",
        ApiOperation.Access.OPEN,
        "Metrics in the Prometheus text format, or OpenMetrics if the client prefers it",
        Contract.text(),
        new Exposition(metrics)::answer);
  }

  private AdminResponse answer(AdminRequest request) {
    HttpHeaders headers = request.headers();
    boolean isOpen = prefersOpenMetrics(headers.get(HttpHeaderNames.ACCEPT));
    Metrics.Format format = isOpen ? Metrics.Format.OPEN_METRICS : Metrics.Format.TEXT;
    byte[] content = metrics.scrape(format).getBytes(StandardCharsets.UTF_8);
    boolean isPacked =
        content.length >= WORTH_PACKING
            && quality(headers.get(HttpHeaderNames.ACCEPT_ENCODING), "gzip", false) > 0;
    AdminResponse answer =
        AdminResponse.of(format.contentType(), isPacked ? packed(content) : content)
            .with("vary", "Accept, Accept-Encoding");
    return isPacked ? answer.with("content-encoding", "gzip") : answer;
  }

  /** OpenMetrics must be requested by name, with at least the weight of the text format. */
  static boolean prefersOpenMetrics(@Nullable String accept) {
    double open = quality(accept, OPEN_METRICS, false);
    return open > 0 && open >= quality(accept, "text/plain", true);
  }

  /**
   * The weight that a header assigns to {@code wanted}; 0 if it is not listed. With {@code any},
   * wildcards match too.
   */
  static double quality(@Nullable String header, String wanted, boolean any) {
    double found = 0;
    for (String each : header == null ? new String[0] : header.split(",")) {
      String[] parts = each.toLowerCase(Locale.ROOT).split(";");
      String name = parts[0].strip();
      boolean isNamed = name.equals(wanted);
      if (isNamed || any && (name.equals("*/*") || name.equals("text/*"))) {
        double weight = weight(parts);
        if (isNamed) {
          return weight;
        }
        found = Math.max(found, weight);
      }
    }
    return found;
  }

  private static double weight(String[] parts) {
    for (int i = 1; i < parts.length; i++) {
      String parameter = parts[i].strip();
      if (parameter.startsWith("q=")) {
        try {
          return Double.parseDouble(parameter.substring(2));
        } catch (NumberFormatException malformed) {
          return 0;
        }
      }
    }
    return 1;
  }

  private static byte[] packed(byte[] content) {
    ByteArrayOutputStream packed = new ByteArrayOutputStream(content.length / 8);
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(content);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return packed.toByteArray();
  }
}
