package io.terminator.tls.keylog;

import io.terminator.core.setting.Cidr;
import java.nio.file.Path;
import java.util.List;

/** The file for the secrets, and the clients whose connections are logged. */
public record KeyLogConfig(Path file, List<Cidr> sources) {
  public KeyLogConfig {
    sources = List.copyOf(sources);
  }
}
