package io.terminator.core.connect;

/** The ways in which a call of gRPC fails, in the order of their codes; OK is none of them. */
public enum GrpcStatus {
  CANCELLED,
  UNKNOWN,
  INVALID_ARGUMENT,
  DEADLINE_EXCEEDED,
  NOT_FOUND,
  ALREADY_EXISTS,
  PERMISSION_DENIED,
  RESOURCE_EXHAUSTED,
  FAILED_PRECONDITION,
  ABORTED,
  OUT_OF_RANGE,
  UNIMPLEMENTED,
  INTERNAL,
  UNAVAILABLE,
  DATA_LOSS,
  UNAUTHENTICATED;

  /** The value of {@code grpc-status}. */
  public int code() {
    return ordinal() + 1;
  }
}
