package io.terminator.admin.acme;

import io.terminator.core.setting.Secret;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How TXT records are added and removed: by a {@code command} or, if it is empty, by a {@code
 * webhook} with an optional bearer {@code token}. {@code timeout} limits one call, {@code
 * propagation} the time until a record is visible; 0 does not look.
 */
public record DnsHookConfig(
    List<String> command,
    @Nullable URI webhook,
    @Nullable Secret token,
    Duration timeout,
    Duration propagation) {
  public DnsHookConfig {
    command = List.copyOf(command);
  }
}
