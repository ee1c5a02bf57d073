package io.terminator.tls.certificate.credential;

import org.jspecify.annotations.Nullable;

/** One name whose credential is another one now; null stands for none. */
public record CredentialChange(
    String name, @Nullable Credential before, @Nullable Credential after) {}
