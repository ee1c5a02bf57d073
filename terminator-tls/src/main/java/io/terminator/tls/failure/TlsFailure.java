package io.terminator.tls.failure;

import io.terminator.core.phase.Blame;

/** The reason for a failed TLS handshake. Immutable; texts are created on demand. */
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
  /** The metric label, from a closed set. */
  String label();

  Blame blame();

  /** The cause in one sentence, for the access log. */
  String cause();

  /** The change that fixes it, for the operator. */
  String fix();
}
