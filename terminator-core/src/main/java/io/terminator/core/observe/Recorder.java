package io.terminator.core.observe;

/**
 * Receives notable moments of one worker while a recording runs, on the worker. Must not wait.
 * Connections are given by their ids, as in the access log.
 */
public interface Recorder {
  /** No recording runs. */
  Recorder OFF = new Recorder() {};

  /**
   * A connect to a server has ended after {@code nanos}; {@code failure} is the label of the reason
   * why it failed, or empty.
   */
  default void onConnect(
      long connection, String backend, String server, long nanos, String failure) {}

  /**
   * The bytes of one direction of a relay have to wait from now on; {@code reason} is a label from
   * a closed set. Called again if a second reason is added.
   */
  default void onStall(long connection, boolean fromClient, String reason) {}

  /** One reason why the direction had to wait is gone. */
  default void onStallEnd(long connection, boolean fromClient) {}

  /**
   * A request has ended. {@code status} is 0 if there was no response; {@code connectNanos} and
   * {@code answerNanos} are times from its begin, 0 if that was not reached.
   */
  default void onRequest(
      long connection,
      String method,
      int status,
      String reason,
      String route,
      String backend,
      String server,
      long connectNanos,
      long answerNanos,
      long totalNanos) {}

  /** The worker became overloaded, or is no longer. */
  default void onOverload(int worker, boolean begun, String why) {}

  /** The recording has ended and no call follows. */
  default void onEnd() {}
}
