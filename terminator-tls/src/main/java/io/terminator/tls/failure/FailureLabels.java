package io.terminator.tls.failure;

import io.terminator.core.chain.Side;
import io.terminator.tls.clienthello.HelloProblem;
import java.util.List;
import java.util.stream.Stream;

/** The closed set of reasons for which the handshake of a client fails in TLS. */
public final class FailureLabels {
  private FailureLabels() {}

  /** The labels in alphabetical order. */
  public static List<String> all() {
    return Stream.of(
            Stream.of(ClientCertificateRefused.values()).map(TlsFailure::label),
            Stream.of(HelloProblem.values()).map(HelloProblem::label),
            Stream.of(NothingInCommon.Kind.values()).map(NothingInCommon.Kind::label),
            Stream.of(NameRefused.Kind.values()).map(NameRefused.Kind::label),
            Stream.of(
                    CertificateMissing.NONE,
                    new PeerAlert(Side.CLIENT, 48),
                    new PeerAlert(Side.CLIENT, 80),
                    new PeerLeft(Side.CLIENT, PeerLeft.Stage.HANDSHAKE, true),
                    new ProtocolBroken(Side.CLIENT, "UNEXPECTED_MESSAGE"),
                    new ProtocolBroken(Side.CLIENT, "EXCESSIVE_MESSAGE_SIZE"),
                    new OwnFault(""))
                .map(TlsFailure::label))
        .flatMap(labels -> labels)
        .distinct()
        .sorted()
        .toList();
  }
}
