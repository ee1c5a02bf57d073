package io.terminator.admin.api;

import io.terminator.core.flow.FailureInbox.Failure;
import io.terminator.core.setting.AddressText;
import io.terminator.tls.failure.NameRefused;
import io.terminator.tls.failure.NothingInCommon;
import io.terminator.tls.judgement.Verdict;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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
  /** Labels of failures that a ClientHello and the configuration alone lead to. */
  private static final Set<String> DECIDED_BY_HELLO =
      Stream.concat(
              Stream.of(NothingInCommon.Kind.values()).map(NothingInCommon.Kind::label),
              Stream.of(NameRefused.Kind.values()).map(NameRefused.Kind::label))
          .collect(Collectors.toUnmodifiableSet());

  /** {@code verdict} is how such a client is answered now; null where its listener is gone or nothing is known of it. */
  static FailureView of(Failure failure, @Nullable Verdict verdict) {
    return new FailureView(
        Instant.ofEpochMilli(failure.millis()).toString(),
        Long.toHexString(failure.connection()),
        failure.listener(),
        AddressText.host(failure.client()),
        failure.reason(),
        failure.detail().isEmpty() ? failure.reason() : failure.detail(),
        fix(failure.reason(), verdict),
        failure.sni(),
        failure.alpn(),
        failure.ja4());
  }

  private static String fix(String reason, @Nullable Verdict verdict) {
    if (verdict instanceof Verdict.Refuse refusal) {
      return refusal.failure().fix();
    }
    return verdict != null && DECIDED_BY_HELLO.contains(reason)
        ? "nothing: the present configuration answers such a client"
        : fix(reason);
  }

  private static String fix(String reason) {
    return switch (reason) {
      case "unsupported_protocol" -> "update the client to TLS 1.2 or newer";
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
          "check that the client trusts the issuer, that the chain is complete, and that"
              + " the certificate covers the name";
      case "certificate_unusable" -> "replace the certificate; the log has the problem";
      case "client_certificate_missing" ->
          "give the client a certificate, or make client certificates optional";
      case "client_certificate_refused" ->
          "issue the client's certificate from a CA that the listener trusts, or add its CA";
      case "client_certificate_chain_too_long", "client_certificate_paths", "message_too_long" ->
          "let the client send its certificate and the issuers between, and nothing else";
      case "client_certificate_purpose" ->
          "issue the client's certificate with clientAuth in its extended key usage";
      case "client_certificate_key_usage" ->
          "issue the client's certificate with digitalSignature in its key usage";
      case "client_certificate_key" ->
          "issue the client's certificate for an RSA key of 2048 to 8192 bits or an ECDSA key on"
              + " P-256 or P-384";
      case "client_certificate_extension" ->
          "issue the client's certificate without the critical extension, or not critical";
      case "client_certificate_constraint" ->
          "let an authority issue it whose own certificate allows the name and the path's length";
      case "plain_http" -> "use https:// for this port";
      case "client_hello_timeout", "handshake_timeout" ->
          "check the network; raise the deadline if legitimate clients are that slow";
      case "client_left" ->
          "none, if it is a probe; many at once suggest clients that do not trust the"
              + " certificate";
      case "bad_message" -> "find out what the client is; it does not follow the TLS standard";
      default -> "see cause; the client's ClientHello decides";
    };
  }
}
