package io.terminator.tls.client;

import io.terminator.core.chain.ClientIdentity;
import io.terminator.tls.engine.ClientCheck;
import io.terminator.tls.engine.ClientVerdict;
import io.terminator.tls.engine.HandshakeFailure;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.PKIXCertPathValidatorResult;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAKey;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Judges clients' certificates by files that are read again when they change. {@link #judge} runs on workers and is bounded:
 * at most {@link #MOST_CERTIFICATES} signatures with keys of at most {@link #MOST_RSA_BITS} bits. {@link #refresh} blocks and
 * is called by one thread that is no worker; a file that has become unusable leaves what it said before in force.
 */
public final class ClientTrust implements ClientCheck {
  private static final Logger LOG = LoggerFactory.getLogger(ClientTrust.class);

  static final int MOST_CERTIFICATES = 5;
  static final int MOST_BYTES = 32 * 1024;
  static final int MOST_RSA_BITS = 4096;

  private final ClientCertificatesConfig config;
  private final ClientAllowList allowList;
  private final InstantSource clock;
  private final Map<Path, byte[]> contents = new HashMap<>();
  private final Map<Path, List<X509CRL>> lists = new HashMap<>();
  private final Set<Path> expired = new HashSet<>();
  private final Map<Path, String> unusable = new HashMap<>();

  private volatile Snapshot snapshot = new Snapshot(Set.of(), new byte[0], Revocations.NONE);
  private volatile List<FileState> states = List.of();

  /** What judging needs, replaced whole. */
  private record Snapshot(
      Set<TrustAnchor> anchors, byte[] authoritiesPem, Revocations revocations) {}

  /** A revocation file: when the first of its lists ends (null: never), and what is wrong with it (empty: nothing). */
  public record FileState(
      Path file, @Nullable Instant notAfter, boolean isExpired, String problem) {}

  public ClientTrust(ClientCertificatesConfig config, InstantSource clock) {
    this.config = config;
    this.allowList = new ClientAllowList(config);
    this.clock = clock;
    refresh();
  }

  @Override
  public boolean isRequired() {
    return config.mode() == ClientCertificatesConfig.Mode.REQUIRED;
  }

  @Override
  public byte[] authoritiesPem() {
    return snapshot.authoritiesPem();
  }

  /** Revocation files as of the last look. Any thread. */
  public List<FileState> files() {
    return states;
  }

  /** Reads what has changed, publishes it, and reports what became wrong or expired. */
  public void refresh() {
    Snapshot before = snapshot;
    Set<TrustAnchor> anchors = before.anchors();
    byte[] pem = before.authoritiesPem();
    boolean changed = false;
    byte[] bundle = changed(config.authorities());
    if (bundle != null) {
      try {
        List<X509Certificate> authorities = TrustFiles.authorities(bundle);
        anchors =
            authorities.stream()
                .map(authority -> new TrustAnchor(authority, null))
                .collect(Collectors.toUnmodifiableSet());
        pem = TrustFiles.pem(authorities);
        good(config.authorities());
        changed = true;
      } catch (TrustException problem) {
        bad(config.authorities(), String.valueOf(problem.getMessage()));
      }
    }
    for (Path file : config.revocations()) {
      byte[] content = changed(file);
      if (content != null) {
        try {
          lists.put(file, TrustFiles.revocations(content));
          good(file);
          changed = true;
        } catch (TrustException problem) {
          bad(file, String.valueOf(problem.getMessage()));
        }
      }
    }
    if (changed) {
      List<X509CRL> all = lists.values().stream().flatMap(List::stream).toList();
      snapshot = new Snapshot(anchors, pem, new Revocations(all));
    }
    states = config.revocations().stream().map(this::state).toList();
  }

  /** The file's content, if it is another than before; null while it is the same or cannot be read. */
  private byte @Nullable [] changed(Path file) {
    try {
      byte[] content = TrustFiles.read(file);
      if (Arrays.equals(content, contents.get(file))) {
        return null;
      }
      contents.put(file, content);
      return content;
    } catch (TrustException problem) {
      bad(file, String.valueOf(problem.getMessage()));
      // When it comes back it is read, even if it is what it was.
      contents.remove(file);
      return null;
    }
  }

  private void good(Path file) {
    if (unusable.remove(file) != null) {
      LOG.info("{} is usable again", file);
    }
  }

  private void bad(Path file, String problem) {
    if (!problem.equals(unusable.put(file, problem))) {
      LOG.error("{} {}. Its previous content stays active; replace the file", file, problem);
    }
  }

  private FileState state(Path file) {
    Instant first = null;
    for (X509CRL list : lists.getOrDefault(file, List.of())) {
      Date next = list.getNextUpdate();
      if (next != null && (first == null || next.toInstant().isBefore(first))) {
        first = next.toInstant();
      }
    }
    boolean isExpired = first != null && first.isBefore(clock.instant());
    if (!isExpired) {
      expired.remove(file);
    } else if (expired.add(file)) {
      LOG.warn(
          "{} expired at {}: its entries stay revoked, later revocations are unknown."
              + " Fetch the current CRL",
          file,
          first);
    }
    return new FileState(file, first, isExpired, unusable.getOrDefault(file, ""));
  }

  @Override
  public ClientVerdict judge(byte[][] chain) {
    int bytes = 0;
    for (byte[] one : chain) {
      bytes += one.length;
    }
    if (chain.length == 0 || chain.length > MOST_CERTIFICATES || bytes > MOST_BYTES) {
      return refused("a chain of " + chain.length + " certificates or more");
    }
    Snapshot now = snapshot;
    try {
      List<X509Certificate> path = new ArrayList<>(chain.length);
      for (byte[] one : chain) {
        X509Certificate certificate =
            (X509Certificate)
                TrustFiles.factory().generateCertificate(new ByteArrayInputStream(one));
        if (!path.isEmpty() && isAnchor(now, certificate)) {
          break;
        }
        if (certificate.getPublicKey() instanceof RSAKey rsa
            && rsa.getModulus().bitLength() > MOST_RSA_BITS) {
          return refused("an RSA key above " + MOST_RSA_BITS + " bits");
        }
        path.add(certificate);
      }
      return judge(now, path);
    } catch (CertPathValidatorException invalid) {
      boolean isTime =
          invalid.getReason() == BasicReason.EXPIRED
              || invalid.getReason() == BasicReason.NOT_YET_VALID;
      return new ClientVerdict(
          isTime
              ? HandshakeFailure.CLIENT_CERTIFICATE_EXPIRED
              : HandshakeFailure.CLIENT_CERTIFICATE_REFUSED,
          null);
    } catch (GeneralSecurityException damaged) {
      return refused("not readable");
    }
  }

  private ClientVerdict judge(Snapshot now, List<X509Certificate> path)
      throws GeneralSecurityException {
    if (now.anchors().isEmpty()) {
      return refused("no issuer is trusted");
    }
    PKIXParameters rules = new PKIXParameters(now.anchors());
    rules.setRevocationEnabled(false);
    rules.setDate(Date.from(clock.instant()));
    rules.addCertPathChecker(new PurposeCheck());
    PKIXCertPathValidatorResult valid =
        (PKIXCertPathValidatorResult)
            CertPathValidator.getInstance("PKIX")
                .validate(TrustFiles.factory().generateCertPath(path), rules);
    for (int i = 0; i < path.size(); i++) {
      PublicKey issuer =
          i + 1 < path.size()
              ? path.get(i + 1).getPublicKey()
              : valid.getTrustAnchor().getTrustedCert().getPublicKey();
      if (now.revocations().revokes(path.get(i), issuer)) {
        return new ClientVerdict(HandshakeFailure.CLIENT_CERTIFICATE_REVOKED, null);
      }
    }
    ClientIdentity identity = ClientAllowList.identity(path.get(0));
    return allowList.admits(path.get(0), identity)
        ? new ClientVerdict(null, identity)
        : new ClientVerdict(HandshakeFailure.CLIENT_CERTIFICATE_NOT_ALLOWED, identity);
  }

  private static boolean isAnchor(Snapshot now, X509Certificate certificate) {
    for (TrustAnchor anchor : now.anchors()) {
      if (certificate.equals(anchor.getTrustedCert())) {
        return true;
      }
    }
    return false;
  }

  private static ClientVerdict refused(String why) {
    LOG.debug("phase=handshake: client certificate rejected: {}", why);
    return new ClientVerdict(HandshakeFailure.CLIENT_CERTIFICATE_REFUSED, null);
  }
}
