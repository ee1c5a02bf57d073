package io.terminator.core.route;

/** The load balancing algorithm of a backend. All algorithms use the weights. */
public enum Balance {
  /** Round robin per worker, with the turns of heavier servers spread evenly. */
  ROUND_ROBIN,
  /** The fewest open connections over all workers. */
  LEAST_CONNECTIONS,
  /**
   * The less loaded of two random servers: nearly as even as comparing all, and workers do not all
   * pick the same server.
   */
  RANDOM_TWO,
  /**
   * The same server for the same client address. When servers are added or removed, only their own
   * clients move.
   */
  SOURCE_HASH
}
