package io.terminator.core.chain;

import io.netty.channel.unix.Socket;
import java.net.Inet4Address;
import java.net.InetAddress;

/** A TCP socket of its address's own family: a dual-stack one would cost a call more and mapped addresses. */
public final class InetSocket extends Socket {
  private InetSocket(boolean ipv6) {
    super(newSocketStream0(ipv6));
  }

  /** A non-blocking socket that can bind or connect to {@code address}. */
  public static InetSocket forAddress(InetAddress address) {
    return new InetSocket(!(address instanceof Inet4Address));
  }
}
