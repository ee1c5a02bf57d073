package io.terminator.admin.api;

import io.terminator.core.flow.FailureInbox.Failure;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A handshake that failed, with what to do about it. */
record FailureView(
    String time,
    String connection,
    String listener,
    String source,
    String reason,
    String cause,
    String fix,
    @Nullable String sni,
    List<String> alpn,
    @Nullable String ja4) {

  static FailureView of(Failure failure) {
    return new FailureView(
        Instant.ofEpochMilli(failure.millis()).toString(),
        Long.toHexString(failure.connection()),
        failure.listener(),
        Addresses.host(failure.client()),
        failure.reason(),
        failure.detail().isEmpty() ? failure.reason() : failure.detail(),
        fix(failure.reason()),
        failure.sni(),
        failure.alpn(),
        failure.ja4());
  }

  private static String fix(String reason) {
    return switch (reason) {
      case "unsupported_protocol" ->
          "update the client, or give the listener a tls policy that begins at the client's version";
      case "no_shared_cipher" ->
          "offer a certificate with the other kind of key (RSA beside ECDSA), or allow the client's"
              + " cipher suites in the listener's tls policy";
      case "no_shared_group" -> "allow one of the client's groups in the listener's tls policy";
      case "no_shared_signature" ->
          "offer a certificate with the other kind of key (RSA beside ECDSA)";
      case "no_application_protocol" -> "add the client's protocol to the listener's tls.alpn";
      case "no_sni" -> "let the client name its server, or set sni.missing to default";
      case "unknown_sni" -> "add a certificate for the name, or set sni.unknown to default";
      case "no_route" -> "add a route for the name, or a backend to the listener";
      case "certificate_refused", "client_alert" ->
          "check that the client trusts the issuer, that the chain is complete and the name covered";
      case "certificate_unusable" -> "replace the certificate; the log has what is wrong with it";
      case "client_certificate_missing" ->
          "give the client a certificate, or make client certificates optional";
      case "client_certificate_refused" ->
          "issue the client's certificate from an authority that the listener trusts, or add its"
              + " authority";
      case "plain_http" -> "use https:// for this port";
      case "client_hello_timeout", "handshake_timeout" ->
          "look at the network between; raise the deadline if clients are honestly that slow";
      case "client_left" ->
          "nothing, if it is one; many at once hint at clients that distrust the certificate";
      case "bad_message" -> "the client does not speak TLS as the standard has it; see what it is";
      default -> "see cause; the client's ClientHello decides";
    };
  }
}
