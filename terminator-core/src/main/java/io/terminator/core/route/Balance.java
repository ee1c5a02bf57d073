package io.terminator.core.route;

/** How a backend's next server is picked. Weights count in each of them. */
public enum Balance {
  /** In turn, worker by worker, so that heavier servers come up evenly in between. */
  ROUND_ROBIN,
  /** The fewest open connections of all workers. */
  LEAST_CONNECTIONS,
  /** The less busy of two at random: nearly as even as looking at all, and no worker herds the others to one server. */
  RANDOM_TWO,
  /** The same client address on the same server; when servers come or go only their own clients move. */
  SOURCE_HASH
}
