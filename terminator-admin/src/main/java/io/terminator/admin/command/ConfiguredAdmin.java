package io.terminator.admin.command;

import io.terminator.admin.http.AdminConfig;
import io.terminator.admin.http.AdminTlsConfig.ClientAuth;
import io.terminator.core.setting.AddressText;
import io.terminator.core.setting.Endpoint;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** How a command on the same machine reaches the admin API of a configuration. */
record ConfiguredAdmin(AdminConfig config) {

  /**
   * Throws an exception whose message is for the operator if the file does not tell the address.
   */
  String url() throws IOException {
    if (!(config.bind() instanceof Endpoint.Inet bind)) {
      return config.bind().toString();
    }
    if (bind.port() == 0) {
      throw new IOException(
          "admin.bind has port 0; expected a fixed port, so that this command can find it");
    }
    InetAddress address =
        bind.host().isEmpty()
            ? InetAddress.getLoopbackAddress()
            : InetAddress.getByName(bind.host());
    // The wildcard address of a listener is not an address to connect to.
    String host =
        AddressText.host(
            new InetSocketAddress(
                address.isAnyLocalAddress() ? InetAddress.getLoopbackAddress() : address, 0));
    return (config.tls() == null ? "http://" : "https://") + new Endpoint.Inet(host, bind.port());
  }

  boolean needsCertificate() {
    return config.tls() != null && config.tls().clientAuth() == ClientAuth.REQUIRED;
  }

  /** The certificate that the API presents; null without TLS. */
  @Nullable Path certificate() {
    return config.tls() == null ? null : config.tls().certificate();
  }

  /**
   * The file of the token for reading: the read-only token if this user can read it, else the full
   * one. Null if the API needs no token.
   */
  @Nullable Path tokenFile() {
    Path readOnly = config.readOnlyTokenFile();
    return readOnly != null && Files.isReadable(readOnly) ? readOnly : config.tokenFile();
  }
}
