package io.terminator.admin.appliance;

import io.terminator.admin.config.ConfigFile;
import io.terminator.admin.plain.PlainHttpServer;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one configuration was made into; a reload exchanges it whole. Immutable, though backends
 * resolve their names and services load certificates of their own accord.
 */
record Assembly(
    ConfigFile.Loaded loaded,
    Map<String, Backend> backends,
    Map<String, Service> services,
    @Nullable PlainHttpServer http) {
  Assembly {
    backends = Collections.unmodifiableMap(new LinkedHashMap<>(backends));
    services = Collections.unmodifiableMap(new LinkedHashMap<>(services));
  }
}
