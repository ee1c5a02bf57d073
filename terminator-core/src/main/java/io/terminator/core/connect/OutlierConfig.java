package io.terminator.core.connect;

import io.terminator.core.connect.CheckConfig.Statuses;
import java.util.List;

/**
 * When a server is avoided because of its responses: after {@code errors} consecutive ones with one
 * of {@code statuses}, that did not come or were not complete, or that end a call of gRPC with one
 * of {@code grpc}.
 */
public record OutlierConfig(int errors, Statuses statuses, List<GrpcStatus> grpc) {
  public static final OutlierConfig DEFAULT =
      new OutlierConfig(5, new Statuses(500, 599), List.of());

  private static final int NOT_IMPLEMENTED = 501;
  private static final int VERSION_NOT_SUPPORTED = 505;

  public OutlierConfig {
    grpc = List.copyOf(grpc);
  }

  /** Whether a call of gRPC that ends with {@code code} is an error of the server. */
  public boolean isGrpcError(int code) {
    for (int i = 0; i < grpc.size(); i++) {
      if (grpc.get(i).code() == code) {
        return true;
      }
    }
    return false;
  }

  /** Whether a response with {@code status} is an error of the server; 501 and 505 never are. */
  public boolean isError(int status) {
    return statuses.contains(status)
        && status != NOT_IMPLEMENTED
        && status != VERSION_NOT_SUPPORTED;
  }
}
