package io.terminator.admin.config;

import io.terminator.core.accept.ListenerConfig;
import io.terminator.core.handshake.HandshakeConfig;
import io.terminator.core.relay.RelayConfig;
import io.terminator.tls.certificate.CertificatesConfig;
import io.terminator.tls.policy.TlsPolicyConfig;
import io.terminator.tls.sni.SniConfig;

/**
 * One entry under {@code listeners}: an address, who we are there, and where its connections go.
 */
public record ServiceConfig(
    ListenerConfig listener,
    CertificatesConfig certificates,
    TlsPolicyConfig tls,
    SniConfig sni,
    HandshakeConfig handshake,
    RelayConfig relay,
    String backend) {}
