package io.terminator.core.chain;

/** What a client opened with, as its protocol layer read it: only that layer can read it again. Immutable. */
public interface Opening {}
