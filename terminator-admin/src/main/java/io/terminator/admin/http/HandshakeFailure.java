package io.terminator.admin.http;

import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The words for a failed handshake with the admin address. Netty's own for a client without TLS
 * have all that it sent, a token among it.
 */
final class HandshakeFailure {
  private static final Pattern ALERT = Pattern.compile("[Ff]atal alert: (\\w+)");
  private static final Pattern CLASS = Pattern.compile("\\b(\\w+\\.)+\\w+: ");

  private HandshakeFailure() {}

  static String words(Throwable failure) {
    if (failure instanceof NotSslRecordException) {
      return "the client does not speak TLS; expected https://";
    }
    if (failure instanceof SslHandshakeTimeoutException) {
      return "it was not complete in time";
    }
    if (failure instanceof ClosedChannelException) {
      return "the client closed";
    }
    for (Throwable each = failure; each != null; each = each.getCause()) {
      if (each instanceof CertificateExpiredException) {
        return "the client's certificate has expired";
      }
      if (each instanceof CertificateNotYetValidException) {
        return "the client's certificate is not valid yet";
      }
    }
    for (Throwable each = failure; each != null; each = each.getCause()) {
      if (each instanceof CertPathBuilderException || each instanceof CertPathValidatorException) {
        return "the client's certificate is not trusted; expected an issuer in admin.tls.client-ca";
      }
    }
    String message = String.valueOf(failure.getMessage());
    if (message.startsWith("Empty client certificate chain")) {
      return "the client sent no certificate; expected one of an issuer in admin.tls.client-ca";
    }
    Matcher alert = ALERT.matcher(message);
    return alert.find()
        ? "the client sent the alert " + alert.group(1)
        : CLASS.matcher(message).replaceAll("");
  }
}
