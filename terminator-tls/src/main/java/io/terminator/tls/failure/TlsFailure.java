package io.terminator.tls.failure;

import io.terminator.core.phase.Blame;

/** Why TLS with a peer failed. Immutable; sentences are made when they are asked for. */
public sealed interface TlsFailure
    permits BadHello,
        NothingInCommon,
        NotNegotiated,
        NameRefused,
        CertificateMissing,
        ClientCertificateRefused,
        ServerRefused,
        PeerAlert,
        PeerLeft,
        ProtocolBroken,
        OwnFault {
  /** One of a closed set: the metric's label. */
  String label();

  Blame blame();

  /** The cause in one sentence, for the access log. */
  String cause();

  /** What to change, for the operator. */
  String fix();
}
