package io.terminator.testkit;

import java.nio.file.Path;

/** Where a credential was written: full chain and PKCS#8 key, both PEM. */
public record CredentialFiles(Path chain, Path key) {}
