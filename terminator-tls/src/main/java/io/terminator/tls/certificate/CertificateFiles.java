package io.terminator.tls.certificate;

import io.terminator.core.setting.Secret;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Files that make one credential; {@code key} equals {@code chain} for a bundle or a key store. Of
 * {@code password} and the content of {@code passwordFile} the first that is there opens an
 * encrypted key.
 */
public record CertificateFiles(
    String name, Path chain, Path key, @Nullable Secret password, @Nullable Path passwordFile) {}
