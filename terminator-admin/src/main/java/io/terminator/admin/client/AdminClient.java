package io.terminator.admin.client;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.net.ssl.HttpsURLConnection;
import org.jspecify.annotations.Nullable;

/**
 * A client of the admin API over {@code http}, {@code https} or a unix socket ({@code unix:/path}),
 * one request at a time. Blocking; one thread. Exception messages are written for the operator.
 */
public final class AdminClient {
  private static final int LARGEST = 64 * 1024 * 1024;

  private final String url;
  private final @Nullable Trust trust;
  private final @Nullable String token;
  private final Duration patience;

  /** A response, with any status. */
  public record Answer(int status, byte[] body) {
    public String text() {
      return new String(body, StandardCharsets.UTF_8);
    }
  }

  /**
   * A null {@code trust} uses the authorities of the Java runtime; a null {@code token} sends no
   * token. {@code patience} is the timeout of each step of a request.
   */
  public AdminClient(String url, @Nullable Trust trust, @Nullable String token, Duration patience) {
    this.url = url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
    this.trust = trust;
    this.token = token;
    this.patience = patience;
    if (!url.matches("(https?://|unix:/).+")) {
      throw new IllegalArgumentException(
          "\""
              + url
              + "\" is not the address of an admin API; expected http://, https:// or unix:/path");
    }
  }

  /** {@code path} begins with a slash. */
  public Answer get(String path) throws IOException {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Accept", "*/*");
    if (token != null) {
      headers.put("Authorization", "Bearer " + token);
    }
    if (url.startsWith("unix:")) {
      return new UnixExchange(Path.of(url.substring("unix:".length())), patience)
          .get(path, headers, LARGEST);
    }
    HttpURLConnection connection =
        (HttpURLConnection) URI.create(url + path).toURL().openConnection(Proxy.NO_PROXY);
    if (connection instanceof HttpsURLConnection secured && trust != null) {
      trust.applyTo(secured);
    }
    connection.setConnectTimeout((int) patience.toMillis());
    connection.setReadTimeout((int) patience.toMillis());
    connection.setInstanceFollowRedirects(false);
    headers.forEach(connection::setRequestProperty);
    int status = connection.getResponseCode();
    if (status < 0) {
      throw new IOException("the server at " + url + " does not speak HTTP");
    }
    try (InputStream body =
        status >= 400 ? connection.getErrorStream() : connection.getInputStream()) {
      return new Answer(status, body == null ? new byte[0] : read(body));
    }
  }

  private static byte[] read(InputStream body) throws IOException {
    byte[] content = body.readNBytes(LARGEST + 1);
    if (content.length > LARGEST) {
      throw new IOException("the answer is longer than " + LARGEST + " bytes");
    }
    return content;
  }

  /** The URL as given. */
  public String url() {
    return url;
  }
}
