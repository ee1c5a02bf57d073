package io.terminator.tls.failure;

import io.terminator.core.phase.Blame;
import io.terminator.tls.clienthello.HelloProblem;

/** The first bytes are not an acceptable ClientHello. */
public record BadHello(HelloProblem problem) implements TlsFailure {
  @Override
  public String label() {
    return problem.label();
  }

  @Override
  public Blame blame() {
    return switch (problem) {
      case PROXY_HEADER, SECOND_PROXY_HEADER -> Blame.OPERATOR;
      default -> Blame.CLIENT;
    };
  }

  @Override
  public String cause() {
    return problem.words();
  }

  @Override
  public String fix() {
    return switch (problem) {
      case PLAIN_HTTP -> "use https:// for this port";
      case PROXY_HEADER ->
          "add the load balancer's address to proxy-protocol.accept-from, or turn the PROXY protocol off"
              + " at the load balancer";
      case SECOND_PROXY_HEADER ->
          "let the proxy nearer to Terminator read the other proxy's header, or turn the PROXY protocol"
              + " off at one of them";
      case SSH, NOT_TLS, RECORD_WITHOUT_HELLO -> "send this client to the port of its own protocol";
      case SMTP, FTP -> "let the client use implicit TLS: STARTTLS is not supported";
      case SSL2 -> "update the client to TLS 1.2 or newer";
      case BAD_RECORD,
          RECORD_TOO_LONG,
          NOT_CLIENT_HELLO,
          HELLO_TOO_LARGE,
          MALFORMED,
          DUPLICATE_EXTENSION,
          BAD_SERVER_NAME ->
          "look at the client's TLS library: its ClientHello breaks the protocol";
    };
  }
}
