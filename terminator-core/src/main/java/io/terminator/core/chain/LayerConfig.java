package io.terminator.core.chain;

/** What a {@link BackendLayer} is made from; only whoever makes it knows more. */
public interface LayerConfig {}
