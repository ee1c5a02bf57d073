package io.terminator.core.route;

/** Closes what is open to a server, on every worker, soon. Any thread; does not wait. */
public interface Severing {
  void sever(Server server, String why);

  /** Leaves everything open. */
  Severing NONE = (server, why) -> {};
}
