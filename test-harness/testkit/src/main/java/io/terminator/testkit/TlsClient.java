package io.terminator.testkit;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * How a client speaks TLS; every method that changes something returns another client. Clients made
 * from each other share one context, so they resume each other's sessions; {@link #fresh} does not.
 * Immutable, any thread.
 *
 * <pre>{@code
 * TlsClient client = TlsClient.trusting(ca).serverName("www.example").only(TLS_1_3).alpn("h2");
 * try (TlsConnection connection = client.connect(address)) { ... }      // the JDK's SSLSocket
 * try (RawTlsClient raw = client.raw(address)) { ... }                  // every segment by hand
 * }</pre>
 */
public final class TlsClient {

  private final TestCa ca;
  private final @Nullable Credential own;
  private final SSLContext context;
  private final @Nullable String serverName;
  private final boolean checksName;
  private final List<TlsVersion> versions;
  private final List<String> alpn;
  private final List<String> ciphers;

  private TlsClient(
      TestCa ca,
      @Nullable Credential own,
      SSLContext context,
      @Nullable String serverName,
      boolean checksName,
      List<TlsVersion> versions,
      List<String> alpn,
      List<String> ciphers) {
    this.ca = ca;
    this.own = own;
    this.context = context;
    this.serverName = serverName;
    this.checksName = checksName;
    this.versions = versions;
    this.alpn = alpn;
    this.ciphers = ciphers;
  }

  /** Trusts {@code ca}, sends neither SNI nor ALPN, and offers TLS 1.3 and 1.2. */
  public static TlsClient trusting(TestCa ca) {
    return new TlsClient(
        ca,
        null,
        ca.clientContext(),
        null,
        false,
        List.of(TlsVersion.TLS_1_3, TlsVersion.TLS_1_2),
        List.of(),
        List.of());
  }

  /** Sends {@code name} as SNI. Does not verify that the certificate matches it. */
  public TlsClient serverName(String name) {
    return new TlsClient(ca, own, context, name, checksName, versions, alpn, ciphers);
  }

  /** Fails the handshake if the certificate does not match the server name. */
  public TlsClient checkingName() {
    return new TlsClient(ca, own, context, serverName, true, versions, alpn, ciphers);
  }

  /** Offers these versions only. */
  public TlsClient only(TlsVersion... offered) {
    return new TlsClient(ca, own, context, serverName, checksName, List.of(offered), alpn, ciphers);
  }

  /** Offers these protocols, first preferred. */
  public TlsClient alpn(String... protocols) {
    return new TlsClient(
        ca, own, context, serverName, checksName, versions, List.of(protocols), ciphers);
  }

  /** Offers these cipher suites only, by their JDK names. */
  public TlsClient ciphers(String... suites) {
    return new TlsClient(ca, own, context, serverName, checksName, versions, alpn, List.of(suites));
  }

  /**
   * Presents {@code credential} to a server that requests a certificate; starts without sessions.
   */
  public TlsClient presenting(Credential credential) {
    return new TlsClient(
        ca,
        credential,
        ca.clientContext(credential),
        serverName,
        checksName,
        versions,
        alpn,
        ciphers);
  }

  /** The same client without any session to resume. */
  public TlsClient fresh() {
    SSLContext unused = own == null ? ca.clientContext() : ca.clientContext(own);
    return new TlsClient(ca, own, unused, serverName, checksName, versions, alpn, ciphers);
  }

  /** Connects and completes a handshake with the JDK's SSLSocket. */
  public TlsConnection connect(InetSocketAddress address) throws IOException {
    return connect(address, null);
  }

  /** As above, from the local address {@code source}; null lets the system choose. */
  public TlsConnection connect(InetSocketAddress address, @Nullable String source)
      throws IOException {
    Socket tcp = new Socket();
    try {
      if (source != null) {
        tcp.bind(new InetSocketAddress(source, 0));
      }
      tcp.connect(address, (int) SocketPeer.PATIENCE.toMillis());
      tcp.setSoTimeout((int) SocketPeer.PATIENCE.toMillis());
      SSLSocket socket =
          (SSLSocket)
              context
                  .getSocketFactory()
                  .createSocket(tcp, peerHost(address), address.getPort(), true);
      socket.setSSLParameters(adapted(socket.getSSLParameters()));
      socket.startHandshake();
      return new TlsConnection(socket);
    } catch (IOException e) {
      tcp.close();
      throw e;
    }
  }

  /** Connects by TCP; the test drives the rest. */
  public RawTlsClient raw(InetSocketAddress address) throws IOException {
    return raw(TcpClient.connect(address));
  }

  /** Starts TLS on an existing connection and takes ownership of it. */
  public RawTlsClient raw(TcpClient tcp) throws IOException {
    SSLEngine engine =
        context.createSSLEngine(peerHost(tcp.remoteAddress()), tcp.remoteAddress().getPort());
    engine.setUseClientMode(true);
    engine.setSSLParameters(adapted(engine.getSSLParameters()));
    return new RawTlsClient(tcp, engine);
  }

  /**
   * Part of the key of the session cache and of the name verification. A host name would become
   * SNI.
   */
  private String peerHost(InetSocketAddress address) {
    return serverName != null ? serverName : address.getAddress().getHostAddress();
  }

  private SSLParameters adapted(SSLParameters parameters) {
    parameters.setProtocols(TlsVersion.jdkNames(versions));
    if (serverName != null) {
      parameters.setServerNames(List.of(new SNIHostName(serverName)));
    }
    if (checksName) {
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
    }
    if (!alpn.isEmpty()) {
      parameters.setApplicationProtocols(alpn.toArray(String[]::new));
    }
    if (!ciphers.isEmpty()) {
      parameters.setCipherSuites(ciphers.toArray(String[]::new));
    }
    return parameters;
  }
}
