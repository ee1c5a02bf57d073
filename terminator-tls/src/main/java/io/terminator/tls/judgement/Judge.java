package io.terminator.tls.judgement;

import io.terminator.core.phase.CloseReason;
import io.terminator.core.route.Route;
import io.terminator.core.route.RouteMode;
import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.credential.IpText;
import io.terminator.tls.certificate.credential.KeyKind;
import io.terminator.tls.certificate.store.CredentialSet;
import io.terminator.tls.certificate.store.CredentialSnapshot;
import io.terminator.tls.challenge.ChallengeCertificate;
import io.terminator.tls.clienthello.ClientHello;
import io.terminator.tls.failure.CertificateMissing;
import io.terminator.tls.failure.NameRefused;
import io.terminator.tls.failure.NothingInCommon;
import io.terminator.tls.failure.NothingInCommon.Kind;
import io.terminator.tls.judgement.Verdict.NameMatch;
import io.terminator.tls.judgement.Verdict.PassThrough;
import io.terminator.tls.judgement.Verdict.Refuse;
import io.terminator.tls.judgement.Verdict.Serve;
import io.terminator.tls.sni.SniConfig;
import java.net.SocketAddress;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides how a listener answers a ClientHello, and is the only place that does. Handshakes, {@code
 * explain} and the list of failed handshakes all use it. It depends only on its arguments, has no
 * side effects and never blocks. Thread-safe.
 *
 * <p>A handshake that BoringSSL would refuse is refused here with a reason, because BoringSSL
 * reports less, and only after a context was built. The exception is a client that may resume: its
 * session determines the certificate and, in TLS 1.2, the cipher suite, and only BoringSSL can open
 * its ticket.
 */
public final class Judge {
  private Judge() {}

  /**
   * {@code client} is the address that routes match. {@code destination} is the address that the
   * client connected to; it selects a certificate if the client sends no server name, as in a
   * request for an IP address (RFC 6066 section 3). Null if there is none.
   */
  public static Verdict judge(
      ClientHello hello,
      SocketAddress client,
      @Nullable SocketAddress destination,
      Snapshot snapshot,
      Instant now) {
    ChallengeCertificate challenge = challenge(hello, snapshot);
    if (challenge != null) {
      return new Verdict.Challenge(challenge);
    }
    ListenerRules rules = snapshot.rules();
    Route route = rules.routes().find(hello.serverName(), hello.alpn(), client);
    if (route == null) {
      return withoutRoute(hello, destination, snapshot, now);
    }
    if (route.mode() == RouteMode.PASSTHROUGH) {
      return new PassThrough(route);
    }
    ServingPolicy policy = rules.policy(hello.serverName());
    int version = version(hello, policy);
    if (version == 0) {
      return nothing(
          Alert.PROTOCOL_VERSION, Kind.UNSUPPORTED_PROTOCOL, policy, policy.versions(), hello);
    }
    if (version < CodePoints.TLS_1_3
        && policy.terms().tls13()
        && CodePoints.contains(hello.cipherSuites(), CodePoints.FALLBACK_SCSV)) {
      return nothing(
          Alert.INAPPROPRIATE_FALLBACK,
          Kind.INAPPROPRIATE_FALLBACK,
          policy,
          policy.versions(),
          hello);
    }
    List<String> protocols = policy.terms().alpn();
    String protocol = protocol(protocols, hello.alpn());
    if (protocol == null && !protocols.isEmpty() && !hello.alpn().isEmpty()) {
      return nothing(
          Alert.NO_APPLICATION_PROTOCOL,
          Kind.NO_APPLICATION_PROTOCOL,
          policy,
          protocols.toString(),
          hello);
    }
    return certificate(hello, destination, route, policy, version, protocol, snapshot, now);
  }

  /**
   * The pending challenge that the client validates. A name that is not pending is routed like any
   * other, so that a backend behind a passthrough route can run ACME by itself.
   */
  private static @Nullable ChallengeCertificate challenge(ClientHello hello, Snapshot snapshot) {
    String name = hello.serverName();
    return name != null
            && !snapshot.challenges().isEmpty()
            && hello.alpn().size() == 1
            && hello.alpn().get(0).equals(ChallengeCertificate.PROTOCOL)
        ? snapshot.challenges().get(name)
        : null;
  }

  /**
   * A name without a certificate is reported as such if the listener rejects unknown names, and not
   * as a missing route.
   */
  private static Verdict withoutRoute(
      ClientHello hello, @Nullable SocketAddress destination, Snapshot snapshot, Instant now) {
    String name = hello.serverName();
    SniConfig sni = snapshot.rules().sni();
    if ((name == null ? sni.missing() : sni.unknown()) == SniConfig.Answer.REJECT
        && find(name, destination, snapshot.credentials(), now) == null) {
      return nameRefused(name);
    }
    return new Refuse(
        Alert.UNRECOGNIZED_NAME, new NameRefused(NameRefused.Kind.NO_ROUTE), CloseReason.NO_ROUTE);
  }

  private static @Nullable CredentialSet find(
      @Nullable String name,
      @Nullable SocketAddress destination,
      CredentialSnapshot credentials,
      Instant now) {
    String host = name == null ? IpText.of(destination) : name;
    return host == null ? null : credentials.find(host, now);
  }

  private static Refuse nameRefused(@Nullable String name) {
    return new Refuse(
        Alert.UNRECOGNIZED_NAME,
        new NameRefused(name == null ? NameRefused.Kind.NO_SNI : NameRefused.Kind.UNKNOWN_SNI));
  }

  /** The highest common version; 0 if there is none. */
  private static int version(ClientHello hello, ServingPolicy policy) {
    if (policy.terms().tls13() && hello.offersTls13()) {
      return CodePoints.TLS_1_3;
    }
    return policy.terms().tls12() && hello.offersTls12() ? CodePoints.TLS_1_2 : 0;
  }

  /** Selects by the listener's preference (RFC 7301 section 3.2). */
  private static @Nullable String protocol(List<String> ours, List<String> offered) {
    for (int i = 0; i < ours.size(); i++) {
      if (offered.contains(ours.get(i))) {
        return ours.get(i);
      }
    }
    return null;
  }

  private static Verdict certificate(
      ClientHello hello,
      @Nullable SocketAddress destination,
      Route route,
      ServingPolicy policy,
      int version,
      @Nullable String protocol,
      Snapshot snapshot,
      Instant now) {
    CredentialSnapshot all = snapshot.credentials(policy);
    SniConfig sni = snapshot.rules().sni();
    String name = hello.serverName();
    CredentialSet covering = find(name, destination, all, now);
    CredentialSet set = covering;
    if (covering == null) {
      if ((name == null ? sni.missing() : sni.unknown()) == SniConfig.Answer.REJECT) {
        return nameRefused(name);
      }
      set = all.fallback(now);
    } else if (name == null && sni.missing() == SniConfig.Answer.DEFAULT) {
      // No client accepts an expired certificate or a kind of key that it does not support. One
      // that connects by name and omits SNI accepts the default.
      set = all.withFallback(covering, now);
    }
    if (set == null) {
      return new Refuse(Alert.INTERNAL_ERROR, CertificateMissing.NONE);
    }
    if (version == CodePoints.TLS_1_3) {
      Refuse refusal = parameters13(hello, policy);
      if (refusal != null) {
        return refusal;
      }
    }
    List<Credential> credentials = set.credentials();
    for (int i = 0; i < credentials.size(); i++) {
      Credential credential = credentials.get(i);
      if (isUsable(credential, hello, policy, version)) {
        return new Serve(
            route,
            policy,
            set,
            credential,
            version,
            signature(credential, hello, version),
            protocol,
            match(name, covering, credential));
      }
    }
    if (mayResume(hello, version)) {
      Credential first = credentials.get(0);
      return new Serve(
          route, policy, set, first, version, 0, protocol, match(name, covering, first));
    }
    return version == CodePoints.TLS_1_3
        ? noSignature(hello, policy, set)
        : nothing12(hello, policy, set);
  }

  /** {@code covering} are the credentials for the client's name or address, null if none are. */
  private static NameMatch match(
      @Nullable String name, @Nullable CredentialSet covering, Credential served) {
    if (covering != null && covering.credentials().contains(served)) {
      return name == null ? NameMatch.ADDRESS : NameMatch.NAMED;
    }
    return name == null ? NameMatch.DEFAULT_FOR_MISSING : NameMatch.DEFAULT_FOR_UNKNOWN;
  }

  private static boolean mayResume(ClientHello hello, int version) {
    return version == CodePoints.TLS_1_3 ? hello.hasPreSharedKey() : hello.hasTicket();
  }

  /**
   * Checks the TLS 1.3 parameters that do not depend on the certificate or on resumption; returns
   * null if all are available.
   */
  private static @Nullable Refuse parameters13(ClientHello hello, ServingPolicy policy) {
    if (!CodePoints.share(CodePoints.TLS_1_3_SUITES, hello.cipherSuites())) {
      return nothing(
          Alert.HANDSHAKE_FAILURE,
          Kind.NO_SHARED_CIPHER,
          policy,
          policy.terms().ciphers().toString(),
          hello);
    }
    if (!hello.has(ClientHello.SUPPORTED_GROUPS)) {
      return missing("supported_groups", policy, hello);
    }
    if (!CodePoints.share(policy.groups(CodePoints.TLS_1_3), hello.groups())) {
      return noGroup(hello, policy);
    }
    if (!hello.has(ClientHello.KEY_SHARE)) {
      return missing("key_share", policy, hello);
    }
    return hello.has(ClientHello.SIGNATURE_ALGORITHMS) || hello.hasPreSharedKey()
        ? null
        : missing("signature_algorithms", policy, hello);
  }

  private static Refuse missing(String extension, ServingPolicy policy, ClientHello hello) {
    return nothing(Alert.MISSING_EXTENSION, Kind.MISSING_EXTENSION, policy, extension, hello);
  }

  /**
   * Whether BoringSSL would select it: it tries credentials in order and takes the first suitable
   * one.
   */
  private static boolean isUsable(
      Credential credential, ClientHello hello, ServingPolicy policy, int version) {
    if (version == CodePoints.TLS_1_3) {
      return credential.keyKind() == KeyKind.RSA
          ? CodePoints.share(CodePoints.RSA_1_3, hello.signatureAlgorithms())
          : CodePoints.contains(
              hello.signatureAlgorithms(), CodePoints.ecdsa13(credential.keyBits()));
    }
    return CodePoints.share(policy.groups(version), hello.groups())
        && CodePoints.share(suites(credential, policy), hello.cipherSuites())
        && hasCurve(credential, hello)
        && CodePoints.share(signatures12(credential), accepted12(hello));
  }

  private static int signature(Credential credential, ClientHello hello, int version) {
    if (version < CodePoints.TLS_1_3) {
      return CodePoints.signature(signatures12(credential), accepted12(hello));
    }
    int[] ours =
        credential.keyKind() == KeyKind.RSA
            ? CodePoints.RSA_1_3
            : new int[] {CodePoints.ecdsa13(credential.keyBits())};
    return CodePoints.signature(ours, hello.signatureAlgorithms());
  }

  private static int[] suites(Credential credential, ServingPolicy policy) {
    return credential.keyKind() == KeyKind.RSA ? policy.rsaSuites() : policy.ecdsaSuites();
  }

  /** RFC 8422 section 5.1: in TLS 1.2 the client's groups also restrict the certificate's curve. */
  private static boolean hasCurve(Credential credential, ClientHello hello) {
    return credential.keyKind() == KeyKind.RSA
        || CodePoints.contains(hello.groups(), CodePoints.curve(credential.keyBits()));
  }

  private static int[] signatures12(Credential credential) {
    return credential.keyKind() == KeyKind.RSA ? CodePoints.RSA_1_2 : CodePoints.ECDSA_1_2;
  }

  private static int[] accepted12(ClientHello hello) {
    return hello.has(ClientHello.SIGNATURE_ALGORITHMS)
        ? hello.signatureAlgorithms()
        : CodePoints.SHA1;
  }

  /**
   * Returns the reason why no certificate is suitable for a TLS 1.2 client: the first requirement
   * that none of them meets.
   */
  private static Refuse nothing12(ClientHello hello, ServingPolicy policy, CredentialSet set) {
    if (!CodePoints.share(policy.ecdsaSuites(), hello.cipherSuites())
        && !CodePoints.share(policy.rsaSuites(), hello.cipherSuites())) {
      return nothing(
          Alert.HANDSHAKE_FAILURE,
          Kind.NO_SHARED_CIPHER,
          policy,
          policy.terms().ciphers().toString(),
          hello);
    }
    if (!CodePoints.share(policy.groups(CodePoints.TLS_1_2), hello.groups())) {
      return noGroup(hello, policy);
    }
    List<Credential> fitting =
        set.credentials().stream()
            .filter(each -> CodePoints.share(suites(each, policy), hello.cipherSuites()))
            .toList();
    if (fitting.isEmpty()) {
      return nothing(Alert.HANDSHAKE_FAILURE, Kind.NO_CIPHER_FOR_KEY, policy, keys(set), hello);
    }
    return fitting.stream().noneMatch(each -> hasCurve(each, hello))
        ? noGroup(hello, policy)
        : noSignature(hello, policy, set);
  }

  private static Refuse noGroup(ClientHello hello, ServingPolicy policy) {
    return nothing(
        Alert.HANDSHAKE_FAILURE,
        Kind.NO_SHARED_GROUP,
        policy,
        policy.terms().groups().toString(),
        hello);
  }

  private static Refuse noSignature(ClientHello hello, ServingPolicy policy, CredentialSet set) {
    return nothing(Alert.HANDSHAKE_FAILURE, Kind.NO_SHARED_SIGNATURE, policy, keys(set), hello);
  }

  private static String keys(CredentialSet set) {
    return String.join(
        ", ",
        set.credentials().stream()
            .map(
                each ->
                    each.keyKind() == KeyKind.RSA
                        ? "RSA " + each.keyBits()
                        : "ECDSA P-" + each.keyBits())
            .toList());
  }

  private static Refuse nothing(
      Alert alert, Kind kind, ServingPolicy policy, String allowed, ClientHello hello) {
    return new Refuse(alert, new NothingInCommon(kind, policy.label(), allowed, hello));
  }
}
