package io.terminator.admin.api;

import org.jspecify.annotations.Nullable;

/**
 * The progress of a retirement: of {@code total} connections at its start, {@code closed} have
 * ended since and {@code left} are still open. {@code state} is {@code running}, {@code done} or
 * {@code stopped}.
 */
public record RetirementView(
    String certificate,
    String state,
    String started,
    String until,
    @Nullable String before,
    int total,
    int closed,
    int left) {}
