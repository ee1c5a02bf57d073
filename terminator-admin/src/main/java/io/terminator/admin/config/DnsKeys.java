package io.terminator.admin.config;

import io.netty.util.NetUtil;
import io.terminator.admin.config.format.Key;
import io.terminator.admin.config.format.Kinds;
import io.terminator.admin.config.format.Shape;
import io.terminator.admin.resolve.DnsConfig;
import io.terminator.core.setting.Endpoint;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/** {@code dns}. */
final class DnsKeys {
  private static final int PORT = 53;

  private static final Key<List<InetSocketAddress>> SERVERS =
      Key.absent(
          "servers",
          Kinds.distinct(
              Kinds.parsed(
                  "an address such as 10.0.0.2, or with its port, 10.0.0.2:53",
                  null,
                  DnsKeys::server,
                  server -> server.getAddress().getHostAddress() + ":" + server.getPort())),
          "the system's name servers",
          "Name servers, tried in order; the first answer is used.");

  private static final Key<Duration> TIMEOUT =
      Key.optional(
          "timeout",
          Kinds.duration("10ms", "1m"),
          DnsConfig.DEFAULT.timeout(),
          "Time limit for the answer to one query.");

  private static final Key<Duration> LEAST =
      Key.optional(
          "refresh-least",
          Kinds.duration("100ms", "1h"),
          DnsConfig.DEFAULT.least(),
          "Minimum time before a name is resolved again, if its TTL is shorter. While DNS"
              + " fails, the last addresses are used.");

  private static final Key<Duration> MOST =
      Key.optional(
          "refresh-most",
          Kinds.duration("1s", "1d"),
          DnsConfig.DEFAULT.most(),
          "Maximum time before a name is resolved again, if its TTL is longer.");

  static final Shape<DnsConfig> SHAPE =
      new Shape<>(
          "DNS resolution of server names. All addresses of a name are used.",
          List.of(SERVERS, TIMEOUT, LEAST, MOST),
          section -> {
            Duration least = section.get(LEAST);
            Duration most = section.get(MOST);
            section.check(
                most.compareTo(least) >= 0, MOST, "at least refresh-least", "raise it", LEAST);
            List<InetSocketAddress> servers = section.find(SERVERS);
            return new DnsConfig(
                servers == null ? List.of() : servers, section.get(TIMEOUT), least, most);
          });

  private DnsKeys() {}

  private static InetSocketAddress server(String text) {
    byte[] alone = NetUtil.createByteArrayFromIpAddressString(text);
    Endpoint endpoint = alone == null ? Endpoint.parse(text) : new Endpoint.Inet(text, PORT);
    byte[] address =
        endpoint instanceof Endpoint.Inet inet && inet.port() > 0
            ? NetUtil.createByteArrayFromIpAddressString(inet.host())
            : null;
    if (address == null) {
      throw Kinds.unfit();
    }
    return new InetSocketAddress(
        NetUtil.createInetAddressFromIpAddressString(((Endpoint.Inet) endpoint).host()),
        ((Endpoint.Inet) endpoint).port());
  }
}
