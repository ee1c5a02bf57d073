package io.terminator.tls.backend;

import io.netty.util.NetUtil;
import io.terminator.core.chain.BackendLayer;
import io.terminator.core.chain.BackendSession;
import io.terminator.core.chain.ByteStream;
import io.terminator.core.chain.Protection;
import io.terminator.core.file.BoundedFile;
import io.terminator.core.file.UnfitFileException;
import io.terminator.core.setting.Endpoint;
import io.terminator.core.setting.HostPattern;
import io.terminator.tls.engine.BoringSsl;
import io.terminator.tls.engine.KeyPair;
import io.terminator.tls.engine.TlsClientContext;
import io.terminator.tls.engine.TlsContextException;
import io.terminator.tls.engine.TlsSettings;
import io.terminator.tls.policy.TlsPolicies;
import io.terminator.tls.policy.TlsPolicyConfig;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * TLS to the servers of one backend. Its files are read once, on construction. A connection that
 * began before a reload and needs a context after {@link #close} gets its own. Thread-safe.
 */
public final class BackendTls implements BackendLayer, AutoCloseable {
  private static final String CLIENT = "1.3.6.1.5.5.7.3.2";
  private static final String ANY = "2.5.29.37.0";

  private final BoringSsl library;
  private final BackendTlsConfig config;
  private final byte @Nullable [] authorities;
  private final @Nullable KeyPair pair;
  private final @Nullable ServerTrust trust;

  /** Keyed by the offered protocols, because BoringSSL sets those per context. */
  private final Map<List<String>, TlsClientContext> contexts = new ConcurrentHashMap<>();

  private final Map<String, Names> names = new ConcurrentHashMap<>();
  private final boolean isForChecks;

  /** What a health check sends as SNI if clients choose the name; null means the server's host. */
  private final @Nullable String checkName;

  private volatile boolean closed;

  /** The names in a server's address as configured; {@code host} is empty for a unix socket. */
  private record Names(String host, boolean isAddress) {}

  public BackendTls(BoringSsl library, BackendTlsConfig config) throws BackendTlsException {
    this(library, config, false, null);
  }

  /**
   * TLS for health checks, which have no client. If the SNI is the client's, a check sends {@code
   * host}, the host of its request, which may have a port; without one the expected name, or else
   * the server's host. The chain is verified, but not the name unless one is expected, because the
   * name of the next client is not known.
   */
  public static BackendTls forChecks(
      BoringSsl library, BackendTlsConfig config, @Nullable String host)
      throws BackendTlsException {
    String told = host == null ? null : serverName(host);
    String expected = config.name();
    return new BackendTls(
        library, config, true, told != null || expected == null ? told : serverName(expected));
  }

  private BackendTls(
      BoringSsl library, BackendTlsConfig config, boolean isForChecks, @Nullable String checkName)
      throws BackendTlsException {
    this.library = library;
    this.config = config;
    this.isForChecks = isForChecks;
    this.checkName = checkName;
    Path authoritiesFile = config.authorities();
    this.authorities = read(authoritiesFile);
    byte[] certificate = read(config.certificate());
    byte[] key = read(config.key());
    this.pair = certificate == null || key == null ? null : new KeyPair(certificate, key);
    try {
      this.trust = config.verify() ? ServerTrust.of(authorities) : null;
    } catch (GeneralSecurityException unusable) {
      throw new BackendTlsException(
          "ca: \""
              + authoritiesFile
              + "\" "
              + unusable.getMessage()
              + ". Expected CA certificates in PEM",
          unusable);
    }
    try {
      // Created here so that an unsuitable pair is reported at the start.
      contexts.put(offered(Protection.NONE), context(offered(Protection.NONE)));
    } catch (TlsContextException unusable) {
      throw new BackendTlsException(
          "certificate: \""
              + config.certificate()
              + "\" and \""
              + config.key()
              + "\" cannot be used ("
              + unusable.getMessage()
              + "). Expected a chain and its unencrypted key in PEM",
          unusable);
    }
  }

  /**
   * Why servers may reject the certificate that is presented to them; null if no reason is known.
   */
  public @Nullable String warning(Instant now) {
    KeyPair shown = pair;
    if (shown == null) {
      return null;
    }
    try {
      X509Certificate leaf =
          (X509Certificate)
              CertificateFactory.getInstance("X.509")
                  .generateCertificate(new ByteArrayInputStream(shown.chainPem()));
      Instant end = leaf.getNotAfter().toInstant();
      Instant begin = leaf.getNotBefore().toInstant();
      if (end.isBefore(now) || begin.isAfter(now)) {
        return "certificate: \""
            + config.certificate()
            + (end.isBefore(now) ? "\" expired at " + end : "\" is not valid before " + begin)
            + ": servers that verify it reject it. Replace it";
      }
      List<String> purposes = leaf.getExtendedKeyUsage();
      return purposes == null || purposes.contains(CLIENT) || purposes.contains(ANY)
          ? null
          : "certificate: \""
              + config.certificate()
              + "\" has an extended key usage without clientAuth: servers that verify it reject it."
              + " Use one with clientAuth";
    } catch (CertificateException unreadable) {
      // BoringSSL accepts it, for example with text before the certificate.
      return null;
    }
  }

  /** Whether the files have changed since construction. Blocking. */
  public boolean isStale() {
    try {
      byte[] certificate = read(config.certificate());
      byte[] key = read(config.key());
      KeyPair shown = pair;
      return !Arrays.equals(authorities, read(config.authorities()))
          || (shown != null
              && !(Arrays.equals(shown.chainPem(), certificate)
                  && Arrays.equals(shown.keyPem(), key)));
    } catch (BackendTlsException unreadable) {
      return true;
    }
  }

  private static byte @Nullable [] read(@Nullable Path file) throws BackendTlsException {
    try {
      return file == null ? null : BoundedFile.read(file, BoundedFile.SMALL);
    } catch (UnfitFileException unfit) {
      throw new BackendTlsException(
          "\"" + file + "\" " + unfit.getReason() + ". Expected a file in PEM", unfit);
    } catch (IOException unreadable) {
      throw new BackendTlsException(
          "\"" + file + "\" cannot be read. Expected a file that this user can read", unreadable);
    }
  }

  @Override
  public BackendSession begin(ByteStream below, String server, Protection client) {
    Names own = names.get(server);
    if (own == null) {
      own = names.computeIfAbsent(server, BackendTls::names);
    }
    String host = own.isAddress() || own.host().isEmpty() ? null : own.host();
    boolean isNameless = isForChecks && config.sni().source() == BackendTlsConfig.Sni.Source.CLIENT;
    String asked =
        switch (config.sni().source()) {
          case SERVER -> host;
          case CLIENT -> !isForChecks ? client.sni() : checkName != null ? checkName : host;
          case NONE -> null;
          case NAMED -> config.sni().name();
        };
    String configured = config.name();
    String expected =
        configured != null ? configured : isNameless ? null : asked != null ? asked : own.host();
    ServerTrust judge = trust;
    boolean isNameFromClient =
        configured == null
            && !isForChecks
            && config.sni().source() == BackendTlsConfig.Sni.Source.CLIENT;
    try {
      TlsClientContext context = obtain(offered(client));
      try {
        return new BackendTlsSession(
            context,
            below,
            asked,
            chain -> judge == null ? null : judge.refusal(chain, expected),
            isNameFromClient ? chain -> judge == null ? null : judge.refusal(chain, null) : null);
      } finally {
        context.release();
      }
    } catch (TlsContextException impossible) {
      // The constructor has already created a context with the same pair and settings.
      throw new IllegalStateException(impossible.getMessage(), impossible);
    }
  }

  @Override
  public @Nullable Object variant(Protection client) {
    if (config.alpn() == null) {
      return client;
    }
    return config.sni().source() == BackendTlsConfig.Sni.Source.CLIENT ? client.sni() : null;
  }

  private static Names names(String server) {
    if (!(Endpoint.parse(server) instanceof Endpoint.Inet inet)) {
      return new Names("", false);
    }
    String host = inet.host();
    boolean isAddress = NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host);
    return new Names(host.endsWith(".") ? host.substring(0, host.length() - 1) : host, isAddress);
  }

  /** The host name in {@code host}; null for an IP address, which is not allowed as SNI. */
  private static @Nullable String serverName(String host) {
    int colon = host.lastIndexOf(':');
    String name = colon < 0 ? host : host.substring(0, colon);
    String bare = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    if (NetUtil.isValidIpV4Address(bare)) {
      return null;
    }
    try {
      HostPattern exact = HostPattern.parse(bare);
      return exact.isExact() ? exact.toString() : null;
    } catch (IllegalArgumentException noHostName) {
      return null;
    }
  }

  private List<String> offered(Protection client) {
    List<String> told = config.alpn();
    String agreed = client.alpn();
    return told != null ? told : agreed == null ? List.of() : List.of(agreed);
  }

  /** Returns a context that is retained once for the caller. */
  private TlsClientContext obtain(List<String> protocols) throws TlsContextException {
    TlsClientContext there = contexts.get(protocols);
    if (there != null && there.tryRetain()) {
      return there;
    }
    TlsClientContext made = context(protocols);
    if (!closed && contexts.putIfAbsent(protocols, made) == null) {
      // One reference for the map, one for the caller; close may have run in the meantime.
      boolean held = made.tryRetain();
      if (closed && contexts.remove(protocols, made)) {
        made.release();
      }
      return held ? made : context(protocols);
    }
    return made;
  }

  private TlsClientContext context(List<String> protocols) throws TlsContextException {
    TlsSettings usual = TlsPolicies.settings(TlsPolicyConfig.DEFAULT, null, "backend");
    return TlsClientContext.make(
        library,
        new TlsSettings(
            usual.tls12(),
            usual.tls13(),
            usual.ciphers(),
            usual.groups(),
            protocols,
            usual.sessionContext()),
        pair);
  }

  @Override
  public void close() {
    closed = true;
    for (List<String> protocols : List.copyOf(contexts.keySet())) {
      TlsClientContext context = contexts.remove(protocols);
      if (context != null) {
        context.release();
      }
    }
  }

  /** The configuration that this was made from. */
  public BackendTlsConfig config() {
    return Objects.requireNonNull(config);
  }
}
