package io.terminator.tls.keylog;

import io.terminator.core.setting.Cidr;
import java.nio.file.Path;
import java.util.List;

/** Where the secrets go, and of whose connections. */
public record KeyLogConfig(Path file, List<Cidr> sources) {
  public KeyLogConfig {
    sources = List.copyOf(sources);
  }
}
