package io.terminator.admin.config;

import io.terminator.tls.policy.NamedPolicy;
import io.terminator.tls.policy.TlsPolicyConfig;

/** A policy as it is written; without {@code tls} of its own it has that of its listener. */
record WrittenPolicy(NamedPolicy policy, boolean hasTls) {

  NamedPolicy of(TlsPolicyConfig listener) {
    return hasTls ? policy : policy.with(listener);
  }
}
