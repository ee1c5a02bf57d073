package io.terminator.core.chain;

/**
 * The configuration that a {@link BackendLayer} is created from. Only the module that implements
 * the layer knows its content.
 */
public interface LayerConfig {}
