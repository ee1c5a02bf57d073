package io.terminator.tls.policy;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A policy for clients that ask for certain names: in lower case; a leading {@code *.} stands for one label. */
public record NamedPolicy(List<String> sni, TlsPolicyConfig tls) {
  public NamedPolicy {
    sni = List.copyOf(sni);
  }

  public boolean isFor(@Nullable String name) {
    if (name == null) {
      return false;
    }
    for (String pattern : sni) {
      if (pattern.equals(name)
          || (pattern.startsWith("*.")
              && name.indexOf('.') == name.length() - pattern.length() + 1
              && name.endsWith(pattern.substring(1)))) {
        return true;
      }
    }
    return false;
  }
}
