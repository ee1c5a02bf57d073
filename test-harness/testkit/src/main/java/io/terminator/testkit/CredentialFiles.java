package io.terminator.testkit;

import java.nio.file.Path;

/** The files of a credential: full chain and PKCS#8 key, both PEM. */
public record CredentialFiles(Path chain, Path key) {}
