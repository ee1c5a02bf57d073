package io.terminator.testkit;

/** The number of bytes transferred, their SHA-256 in hex, and how the transfer ended. */
public record Counted(long bytes, String sha256, Ending ending) {}
