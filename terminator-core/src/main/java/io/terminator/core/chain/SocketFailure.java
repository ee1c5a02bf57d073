package io.terminator.core.chain;

import java.io.FileNotFoundException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnresolvedAddressException;
import java.util.regex.Pattern;

/**
 * The words for a failed call on a socket, as strerror(3) has them. Netty's messages begin with its
 * own call and a negative number, those of some classes of the JDK are empty. Any thread.
 */
public final class SocketFailure {
  private static final Pattern CALL =
      Pattern.compile("^\\w+\\(\\.\\.\\) failed(?: with error\\(-?\\d+\\))?: ?");

  private SocketFailure() {}

  /** The cause without the call, such as "Connection refused". */
  public static String words(Throwable failure) {
    if (failure instanceof NoRouteToHostException) {
      return "no route to host";
    }
    if (failure instanceof FileNotFoundException) {
      return "no such file";
    }
    if (failure instanceof UnknownHostException || failure instanceof UnresolvedAddressException) {
      return "the host does not resolve";
    }
    if (failure instanceof ClosedChannelException) {
      return "the connection was closed";
    }
    String message = failure.getMessage();
    return message == null || message.isBlank()
        ? "an input or output error"
        : CALL.matcher(message).replaceFirst("");
  }
}
