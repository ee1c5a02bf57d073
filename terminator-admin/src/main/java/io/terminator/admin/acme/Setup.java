package io.terminator.admin.acme;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What is configured: the certificates to keep valid, and the authorities to ask. */
record Setup(
    AcmeConfig config, List<Target> targets, AcmeClient client, @Nullable AcmeClient fallback) {

  /** Failures in succession until the second authority is asked. */
  private static final int PATIENCE = 3;

  Set<String> directories() {
    return fallback == null
        ? Set.of(client.directory())
        : Set.of(client.directory(), fallback.directory());
  }

  /** Null if the certificate {@code name} is not managed. */
  @Nullable Target target(String name) {
    return targets.stream().filter(each -> each.name().equals(name)).findFirst().orElse(null);
  }

  /** The authority to ask after so many failures in succession. */
  AcmeClient client(int failures) {
    return fallback != null && failures >= PATIENCE && failures % 2 != 0 ? fallback : client;
  }

  /** The authority that has issued a certificate; null if it is no longer configured. */
  @Nullable AcmeClient client(@Nullable String directory) {
    return client.directory().equals(directory)
        ? client
        : fallback != null && fallback.directory().equals(directory) ? fallback : null;
  }
}
