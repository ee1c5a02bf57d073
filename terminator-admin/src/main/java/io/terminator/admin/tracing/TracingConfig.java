package io.terminator.admin.tracing;

import io.terminator.core.setting.Secret;
import java.net.URI;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where spans are sent, and of which connections and requests. {@code ratio} is 0 to 1; {@code ca}
 * is null for the public CAs of the Java runtime.
 */
public record TracingConfig(
    URI endpoint,
    double ratio,
    Parents parents,
    String service,
    Map<String, Secret> headers,
    @Nullable Path ca) {

  /** Whose {@code traceparent} decides. */
  public enum Parents {
    /** That of trusted proxies. */
    TRUSTED,
    /** That of every client. */
    ANY
  }

  public TracingConfig {
    headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
  }
}
