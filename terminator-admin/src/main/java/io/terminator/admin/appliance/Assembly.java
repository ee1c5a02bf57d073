package io.terminator.admin.appliance;

import io.terminator.admin.config.ConfigFile;
import io.terminator.admin.plain.PlainHttpServer;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The objects built from one configuration; a reload replaces it as a whole. Immutable, although
 * backends resolve names and services load certificates on their own.
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
