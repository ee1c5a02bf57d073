package io.terminator.tls.layer;

import io.terminator.tls.certificate.store.CredentialSet;
import io.terminator.tls.certificate.store.CredentialSnapshot;
import io.terminator.tls.clienthello.ClientHello;
import io.terminator.tls.clienthello.HelloWords;
import io.terminator.tls.engine.TlsContextException;
import io.terminator.tls.sni.Identities;
import io.terminator.tls.sni.SniConfig;
import java.net.SocketAddress;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Picks the certificate by the client's name, and refuses early, with the reason, what could only
 * fail late. Any worker.
 */
public final class SniDecider implements HelloDecider {
  private static final Logger LOG = LoggerFactory.getLogger(SniDecider.class);

  private final Identities identities;
  private final SniConfig sni;
  private final List<String> alpn;
  private final boolean tls12;
  private final boolean tls13;
  private final InstantSource clock;
  private final String policy;

  /** {@code policy} is its name, for words; {@code alpn} empty means that no protocol is negotiated and every offer is welcome. */
  public SniDecider(
      Identities identities,
      SniConfig sni,
      List<String> alpn,
      boolean tls12,
      boolean tls13,
      InstantSource clock,
      String policy) {
    this.policy = policy;
    this.identities = identities;
    this.sni = sni;
    this.alpn = List.copyOf(alpn);
    this.tls12 = tls12;
    this.tls13 = tls13;
    this.clock = clock;
  }

  @Override
  public Decision decide(ClientHello hello, SocketAddress client) {
    if (!(tls13 && hello.offersTls13()) && !(tls12 && hello.offersTls12())) {
      return new Decision.Refuse(
          Decision.Alert.PROTOCOL_VERSION,
          "unsupported_protocol",
          "the client offers "
              + HelloWords.versions(hello)
              + "; the listener's policy `"
              + policy
              + (tls12 ? tls13 ? "` starts at 1.2" : "` is 1.2 alone" : "` starts at 1.3"));
    }
    if (!alpn.isEmpty()
        && !hello.alpn().isEmpty()
        && hello.alpn().stream().noneMatch(alpn::contains)) {
      return new Decision.Refuse(
          Decision.Alert.NO_APPLICATION_PROTOCOL,
          "no_application_protocol",
          "the client offers none of the listener's protocols "
              + alpn
              + " (policy `"
              + policy
              + "`)");
    }
    try {
      Identities.Chosen chosen =
          identities.obtain(snapshot -> choose(snapshot, hello.serverName()));
      return chosen == null
          ? new Decision.Refuse(
              Decision.Alert.UNRECOGNIZED_NAME,
              hello.serverName() == null ? "no_sni" : "unknown_sni",
              hello.serverName() == null
                  ? "the client sent no SNI, and the listener's sni.missing is reject"
                  : "no certificate covers the client's server name; add one or set sni.unknown to"
                      + " default")
          : new Decision.Terminate(chosen.context(), chosen.certificate());
    } catch (TlsContextException refused) {
      LOG.error(
          "phase=handshake: {}. The certificate cannot be served; replace it",
          refused.getMessage());
      return new Decision.Refuse(
          Decision.Alert.INTERNAL_ERROR,
          "certificate_unusable",
          String.valueOf(refused.getMessage()));
    }
  }

  private @Nullable CredentialSet choose(CredentialSnapshot snapshot, @Nullable String name) {
    Instant now = clock.instant();
    SniConfig.Answer otherwise = name == null ? sni.missing() : sni.unknown();
    CredentialSet found = name == null ? null : snapshot.find(name, now);
    return found != null || otherwise == SniConfig.Answer.REJECT ? found : snapshot.fallback(now);
  }
}
