package io.terminator.tls.certificate.credential;

import org.jspecify.annotations.Nullable;

/** The credential of one name has changed; null means none. */
public record CredentialChange(
    String name, @Nullable Credential before, @Nullable Credential after) {}
