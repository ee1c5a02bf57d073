package io.terminator.core.chain;

import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;

/**
 * A TCP socket of its address's own family: a dual-stack socket would cost one more call and yield
 * mapped addresses. The exception is {@code ::}, which accepts clients of both families.
 */
public final class InetSocket extends Socket {
  // in6.h
  private static final int IPPROTO_IPV6 = 41;
  private static final int IPV6_V6ONLY = 26;

  private InetSocket(boolean ipv6) {
    super(newSocketStream0(ipv6));
  }

  /** Returns a non-blocking socket that can bind or connect to {@code address}. */
  public static InetSocket forAddress(InetAddress address) throws IOException {
    InetSocket socket = new InetSocket(!(address instanceof Inet4Address));
    if (address instanceof Inet6Address && address.isAnyLocalAddress()) {
      try {
        // Independent of net.ipv6.bindv6only: "[::]:443" and ":443" mean the same on every machine.
        socket.setIntOpt(IPPROTO_IPV6, IPV6_V6ONLY, 0);
      } catch (IOException failure) {
        socket.close();
        throw failure;
      }
    }
    return socket;
  }

  /**
   * The wildcard address of this machine: {@code ::} for both families, or {@code 0.0.0.0} if IPv6
   * is not available.
   */
  public static InetAddress everyAddress() throws IOException {
    return InetAddress.getByAddress(new byte[isIPv6Preferred() ? 16 : 4]);
  }
}
