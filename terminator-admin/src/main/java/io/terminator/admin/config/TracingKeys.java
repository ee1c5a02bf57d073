package io.terminator.admin.config;

import io.terminator.admin.config.format.Key;
import io.terminator.admin.config.format.Kinds;
import io.terminator.admin.config.format.Paths;
import io.terminator.admin.config.format.Reading;
import io.terminator.admin.config.format.Section;
import io.terminator.admin.config.format.Shape;
import io.terminator.admin.tracing.TracingConfig;
import io.terminator.admin.tracing.TracingConfig.Parents;
import io.terminator.core.file.BoundedFile;
import io.terminator.core.setting.Secret;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Map;

/** {@code tracing}. */
final class TracingKeys {
  private static final String PATH = "/v1/traces";
  private static final String SERVICE_NAME = "terminator";

  private static final Key<URI> ENDPOINT =
      Key.required(
          "endpoint",
          Kinds.parsed(
              "the http:// or https:// address of a receiver of OTLP over HTTP, such as"
                  + " http://127.0.0.1:4318/v1/traces",
              null,
              TracingKeys::endpoint,
              URI::toString),
          "Where spans are sent, by OTLP over HTTP. Without a path: /v1/traces.");

  private static final Key<Double> RATIO =
      Key.optional(
          "ratio",
          Kinds.parsed(
              "a number from 0 to 1, such as 0.01",
              "^(0|1|0?\\.[0-9]{1,9}|[01]\\.0+|.*\\$\\{.*)$",
              TracingKeys::ratio,
              TracingKeys::spell),
          0.01,
          "Share of the connections, and of the requests without a traceparent that decides, that"
              + " get a span.");

  private static final Key<Parents> PARENTS =
      Key.optional(
          "parents",
          Kinds.choice(Parents.class),
          Parents.TRUSTED,
          "Whose traceparent decides whether a request gets a span, in the trace of its sender:"
              + " trusted, that of http.trusted-proxies; any, that of every client.");

  private static final Key<String> SERVICE =
      Key.optional(
          "service",
          Kinds.name(),
          SERVICE_NAME,
          "The resource attribute service.name of all spans.");

  private static final Key<Map<String, Secret>> HEADERS =
      Key.absent(
          "headers",
          Kinds.map("header", HttpFieldKeys.NAME_EXPECTED, HttpFieldKeys::isName, Kinds.secret()),
          "no header is added",
          "Headers of each request to the endpoint, such as Authorization. Values are never shown.");

  private static final Key<Path> CA =
      Key.absent(
          "ca",
          Paths.file(),
          "the public CAs of the Java runtime",
          "PEM file with the CA certificates that an https:// endpoint is verified with.");

  static final Shape<TracingConfig> SHAPE =
      new Shape<>(
          "Spans of connections and requests for OpenTelemetry.",
          java.util.List.of(ENDPOINT, RATIO, PARENTS, SERVICE, HEADERS, CA),
          TracingKeys::map);

  private TracingKeys() {}

  private static URI endpoint(String text) {
    URI uri = URI.create(text);
    String scheme = uri.getScheme();
    if (uri.getHost() == null
        || !("http".equals(scheme) || "https".equals(scheme))
        || uri.getUserInfo() != null
        || uri.getFragment() != null) {
      throw Kinds.unfit();
    }
    String path = uri.getPath();
    return path == null || path.isEmpty() || path.equals("/") ? uri.resolve(PATH) : uri;
  }

  private static double ratio(String text) {
    double ratio = new BigDecimal(text).doubleValue();
    if (!(ratio >= 0 && ratio <= 1)) {
      throw Kinds.unfit();
    }
    return ratio;
  }

  private static String spell(double ratio) {
    String text = Double.toString(ratio);
    // Not for each start: the first use of the class takes a twentieth of it.
    return text.contains("E")
        ? new BigDecimal(text).stripTrailingZeros().toPlainString()
        : text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
  }

  private static TracingConfig map(Section section) {
    URI endpoint = section.get(ENDPOINT);
    Path ca = section.find(CA);
    Map<String, Secret> headers = section.find(HEADERS);
    Reading reading = section.reading();
    if (reading != null && ca != null && section.isSound(ENDPOINT, CA)) {
      if (endpoint.getScheme().equals("http")) {
        reading.problem(
            section.placeOf(CA),
            "has no effect: the endpoint is " + endpoint,
            "an endpoint with https://, or no ca",
            "");
      } else if (!hasCertificate(ca)) {
        reading.problem(
            section.placeOf(CA), "has no certificate", "a PEM file with CA certificates", "");
      }
    }
    return new TracingConfig(
        endpoint,
        section.get(RATIO),
        section.get(PARENTS),
        section.get(SERVICE),
        headers == null ? Map.of() : headers,
        ca);
  }

  private static boolean hasCertificate(Path file) {
    try {
      byte[] content = BoundedFile.read(file, BoundedFile.SMALL);
      return !CertificateFactory.getInstance("X.509")
          .generateCertificates(new ByteArrayInputStream(content))
          .isEmpty();
    } catch (IOException | CertificateException unusable) {
      return false;
    }
  }
}
