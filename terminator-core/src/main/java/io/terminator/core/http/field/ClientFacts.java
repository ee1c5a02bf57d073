package io.terminator.core.http.field;

import io.terminator.core.chain.ClientIdentity;
import io.terminator.core.chain.Protection;
import io.terminator.core.setting.AddressText;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What rules on fields know about a connection, as bytes that can stand in a field value: no
 * control character is among them. Each value is made at its first use. One per connection; worker
 * thread only.
 */
public final class ClientFacts {
  private static final byte[] EMPTY = {};

  /** In the place of a value that nobody has asked for yet. */
  private static final byte[] NOT_MADE = {};

  private static final FieldVariable[] VARIABLES = FieldVariable.values();

  private final SocketAddress client;
  private final SocketAddress destination;
  private final Protection protection;
  private final boolean trusted;
  private final byte[][] values = new byte[VARIABLES.length][];
  private byte[] destinationPort = NOT_MADE;

  ClientFacts(
      SocketAddress client, SocketAddress destination, Protection protection, boolean trusted) {
    this.client = client;
    this.destination = destination;
    this.protection = protection;
    this.trusted = trusted;
    Arrays.fill(values, NOT_MADE);
  }

  /** Whether the peer is a trusted proxy. */
  public boolean isTrusted() {
    return trusted;
  }

  boolean isSecure() {
    return !protection.version().equals(Protection.NONE.version());
  }

  /** Empty if the client has no such property; {@code REQUEST_ID} is not one of the connection. */
  byte[] value(FieldVariable variable) {
    byte[] value = values[variable.ordinal()];
    if (value == NOT_MADE) {
      value = safe(text(variable));
      values[variable.ordinal()] = value;
    }
    return value;
  }

  /** The port that the client connected to; empty for a unix socket. */
  byte[] destinationPort() {
    byte[] port = destinationPort;
    if (port == NOT_MADE) {
      port = safe(port(destination));
      destinationPort = port;
    }
    return port;
  }

  private @Nullable String text(FieldVariable variable) {
    ClientIdentity identity = protection.client();
    return switch (variable) {
      case CLIENT_ADDRESS -> address(client);
      case CLIENT_PORT -> port(client);
      case CERTIFICATE_SUBJECT -> identity == null ? null : identity.subject();
      case CERTIFICATE_FINGERPRINT -> identity == null ? null : identity.fingerprint();
      case SNI -> protection.sni();
      case TLS_VERSION -> isSecure() ? protection.version() : null;
      case CIPHER -> isSecure() ? protection.cipher() : null;
      case GROUP -> isSecure() ? protection.group() : null;
      case ALPN -> protection.alpn();
      case JA4 -> protection.ja4();
      case REQUEST_ID -> null;
    };
  }

  private static @Nullable String port(SocketAddress address) {
    return address instanceof InetSocketAddress inet ? Integer.toString(inet.getPort()) : null;
  }

  private static @Nullable String address(SocketAddress address) {
    if (!(address instanceof InetSocketAddress)) {
      return null;
    }
    String text = AddressText.host(address);
    // The zone of a link-local address means nothing on another machine.
    int zone = text.indexOf('%');
    return zone < 0 ? text : text.substring(0, zone);
  }

  /**
   * The text in UTF-8 with each control character as a backslash and two hexadecimal digits, which
   * is how a distinguished name may write it (RFC 4514). Line breaks in a certificate must not
   * become fields.
   */
  private static byte[] safe(@Nullable String text) {
    if (text == null) {
      return EMPTY;
    }
    StringBuilder safe = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' || c == 0x7f) {
        safe.append('\\')
            .append(Character.toUpperCase(Character.forDigit(c >> 4, 16)))
            .append(Character.toUpperCase(Character.forDigit(c & 0xf, 16)));
      } else {
        safe.append(c);
      }
    }
    return safe.toString().getBytes(StandardCharsets.UTF_8);
  }
}
