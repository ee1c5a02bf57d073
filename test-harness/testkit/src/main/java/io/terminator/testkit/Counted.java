package io.terminator.testkit;

/** How many bytes went by, their SHA-256 in hex, and how they ended. */
public record Counted(long bytes, String sha256, Ending ending) {}
