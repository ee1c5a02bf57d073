package io.terminator.core.chain;

/**
 * A client's opening message as read by its protocol layer, and understood only by that layer.
 * Immutable.
 */
public interface Opening {}
