package io.terminator.tls.backend;

import io.netty.util.NetUtil;
import io.terminator.core.chain.BackendLayer;
import io.terminator.core.chain.BackendSession;
import io.terminator.core.chain.ByteStream;
import io.terminator.core.chain.Protection;
import io.terminator.core.file.BoundedFile;
import io.terminator.core.file.UnfitFileException;
import io.terminator.core.setting.Endpoint;
import io.terminator.tls.engine.BoringSsl;
import io.terminator.tls.engine.KeyPair;
import io.terminator.tls.engine.TlsClientContext;
import io.terminator.tls.engine.TlsContextException;
import io.terminator.tls.engine.TlsSettings;
import io.terminator.tls.policy.TlsPolicies;
import io.terminator.tls.policy.TlsPolicyConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * TLS with the servers of one backend. Files are read once, when it is made. A connection that comes after {@link #close},
 * since it began before a reload, gets a context of its own. Any thread.
 */
public final class BackendTls implements BackendLayer, AutoCloseable {
  private final BoringSsl library;
  private final BackendTlsConfig config;
  private final byte @Nullable [] authorities;
  private final @Nullable KeyPair pair;
  private final @Nullable ServerTrust trust;

  /** By the protocols that are offered: BoringSSL takes those for a context only. */
  private final Map<List<String>, TlsClientContext> contexts = new ConcurrentHashMap<>();

  private final Map<String, Names> names = new ConcurrentHashMap<>();
  private volatile boolean closed;

  /** What a server's own spelling says; {@code host} is empty for a unix socket. */
  private record Names(String host, boolean isAddress) {}

  public BackendTls(BoringSsl library, BackendTlsConfig config) throws BackendTlsException {
    this.library = library;
    this.config = config;
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
      // Made now, so that a pair that does not fit is found at the start.
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

  /** Whether the files say other than when this was made. Blocking. */
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
    String asked =
        switch (config.sni().source()) {
          case SERVER -> own.isAddress() || own.host().isEmpty() ? null : own.host();
          case CLIENT -> client.sni();
          case NONE -> null;
          case NAMED -> config.sni().name();
        };
    String configured = config.name();
    String expected = configured != null ? configured : asked != null ? asked : own.host();
    ServerTrust judge = trust;
    try {
      TlsClientContext context = obtain(offered(client));
      try {
        return new BackendTlsSession(
            context, below, asked, chain -> judge == null ? null : judge.refusal(chain, expected));
      } finally {
        context.release();
      }
    } catch (TlsContextException impossible) {
      // The same pair and settings made one at the start.
      throw new IllegalStateException(impossible.getMessage(), impossible);
    }
  }

  private static Names names(String server) {
    if (!(Endpoint.parse(server) instanceof Endpoint.Inet inet)) {
      return new Names("", false);
    }
    String host = inet.host();
    boolean isAddress = NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host);
    return new Names(host.endsWith(".") ? host.substring(0, host.length() - 1) : host, isAddress);
  }

  private List<String> offered(Protection client) {
    List<String> told = config.alpn();
    String agreed = client.alpn();
    return told != null ? told : agreed == null ? List.of() : List.of(agreed);
  }

  /** Held once for the caller. */
  private TlsClientContext obtain(List<String> protocols) throws TlsContextException {
    TlsClientContext there = contexts.get(protocols);
    if (there != null && there.tryRetain()) {
      return there;
    }
    TlsClientContext made = context(protocols);
    if (!closed && contexts.putIfAbsent(protocols, made) == null) {
      // One hold for the map, one for the caller; close may have come meanwhile.
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

  /** What it was made from. */
  public BackendTlsConfig config() {
    return Objects.requireNonNull(config);
  }
}
