package io.terminator.core.accept;

import io.terminator.core.flow.Progress;

/** A client's socket is open on its worker; nothing has been read from it. */
public record Accepted(Progress progress) {}
