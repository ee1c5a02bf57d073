package io.terminator.testkit;

import java.io.IOException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;

/** A connection of the JDK's SSLSocket whose TLS handshake is complete. */
public final class TlsConnection extends SocketPeer {

  // The JDK hands the values of a session on to the sessions that resume it, and to no other.
  private static final String SEEN = "io.terminator.testkit.seen";

  private final SSLSocket socket;
  private final boolean resumed;

  TlsConnection(SSLSocket socket) throws IOException {
    super(socket);
    this.socket = socket;
    this.resumed = seenBefore(socket.getSession());
  }

  /**
   * Whether the handshake resumed a session of the same client. With TLS 1.3 the ticket arrives
   * after the handshake, so the previous connection must have read something.
   */
  public boolean isResumed() {
    return resumed;
  }

  public TlsVersion version() {
    return version(socket.getSession());
  }

  /** JDK name of the negotiated cipher suite. */
  public String cipherSuite() {
    return socket.getSession().getCipherSuite();
  }

  /** The negotiated protocol; empty without one. */
  public String alpn() {
    return socket.getApplicationProtocol();
  }

  /** What the server presented, leaf first. */
  public List<X509Certificate> peerCertificates() {
    return peerCertificates(socket.getSession());
  }

  static boolean seenBefore(SSLSession session) {
    boolean seen = session.getValue(SEEN) != null;
    session.putValue(SEEN, Boolean.TRUE);
    return seen;
  }

  static TlsVersion version(SSLSession session) {
    return Arrays.stream(TlsVersion.values())
        .filter(version -> version.jdkName().equals(session.getProtocol()))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no such version: " + session.getProtocol()));
  }

  static List<X509Certificate> peerCertificates(SSLSession session) {
    try {
      return Arrays.stream(session.getPeerCertificates()).map(X509Certificate.class::cast).toList();
    } catch (SSLPeerUnverifiedException e) {
      throw new IllegalStateException("the server presented no certificate", e);
    }
  }
}
