package io.terminator.core.worker;

/** {@code count} worker threads (one per core by default); {@code pin} binds worker n to core n. */
public record WorkerConfig(int count, boolean pin) {}
