package io.terminator.tls.client;

import io.terminator.core.chain.ClientIdentity;
import io.terminator.core.file.BoundedFile;
import io.terminator.tls.certificate.reader.FileStamp;
import io.terminator.tls.engine.ClientCheck;
import io.terminator.tls.engine.ClientVerdict;
import io.terminator.tls.failure.ClientCertificateRefused;
import io.terminator.tls.path.Anchors;
import io.terminator.tls.path.PathProblem;
import io.terminator.tls.path.PathSearch;
import io.terminator.tls.path.Purpose;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Verifies client certificates against files that are read again when they change. {@link #judge}
 * runs on workers and its cost is limited: at most {@link #MOST_CERTIFICATES} certificates with
 * keys of at most {@link AcceptedKeys#MOST_RSA_BITS} bits, and the signatures that {@link
 * PathSearch} allows. {@link #refresh} blocks and is called by one control thread; if a file
 * becomes unusable, its last good content stays in force.
 */
public final class ClientTrust implements ClientCheck {
  private static final Logger LOG = LoggerFactory.getLogger(ClientTrust.class);

  static final int MOST_CERTIFICATES = 10;

  private final ClientCertificatesConfig config;
  private final ClientAllowList allowList;
  private final InstantSource clock;
  private final Map<Path, Look> looks = new HashMap<>();
  private final Map<Path, List<RevocationList>> lists = new HashMap<>();
  private final Set<CrlProblem> known = new HashSet<>();
  private final Map<Path, String> unusable = new HashMap<>();

  private volatile Snapshot snapshot = new Snapshot(Anchors.NONE, new byte[0], Revocations.NONE);
  private volatile List<FileState> states = List.of();

  /** {@code isSettled} tells that the file was read twice with this stamp. */
  private record Look(FileStamp stamp, boolean isSettled) {}

  /** The data for verification, replaced as a whole. */
  private record Snapshot(Anchors anchors, byte[] authoritiesPem, Revocations revocations) {}

  /**
   * The state of a CRL file: when the first of its CRLs in force expires (null: never), the
   * problems of its CRLs, and the problem of the file itself (empty: none).
   */
  public record FileState(
      Path file, @Nullable Instant notAfter, List<CrlProblem> lists, String problem) {

    /** Whether one of its CRLs has a problem of this kind. */
    public boolean has(CrlProblem.Kind kind) {
      return lists.stream().anyMatch(each -> each.kind() == kind);
    }
  }

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

  /** The revocation files as of the last refresh. Thread-safe. */
  public List<FileState> files() {
    return states;
  }

  /**
   * Reads changed files, publishes them, and reports files that became unusable or expired. Returns
   * true if the issuers sent to clients have changed: existing contexts still send the old ones.
   */
  public boolean refresh() {
    Snapshot before = snapshot;
    Anchors anchors = before.anchors();
    byte[] pem = before.authoritiesPem();
    boolean changed = false;
    if (mayHaveChanged(config.authorities())) {
      try {
        List<X509Certificate> authorities = TrustFiles.authorities(config.authorities());
        anchors = TrustFiles.anchors(authorities);
        pem = told(authorities);
        good(config.authorities());
        changed = true;
      } catch (TrustException problem) {
        bad(config.authorities(), String.valueOf(problem.getMessage()));
      }
    }
    for (Path file : config.revocations()) {
      if (mayHaveChanged(file)) {
        try {
          lists.put(file, TrustFiles.revocations(file));
          good(file);
          changed = true;
        } catch (TrustException problem) {
          bad(file, String.valueOf(problem.getMessage()));
        }
      }
    }
    if (changed) {
      List<RevocationList> all = lists.values().stream().flatMap(List::stream).toList();
      Revocations revocations = new Revocations(all);
      // CRL signatures are verified here, not on a worker, because a CRL can be megabytes large.
      for (RevocationList list : all) {
        X500Principal issuer = list.issuer();
        revocations.learn(issuer, anchors.keysOf(issuer));
        revocations.learn(issuer, before.revocations().keysOf(issuer));
      }
      snapshot = new Snapshot(anchors, pem, revocations);
    }
    states = config.revocations().stream().map(this::state).toList();
    log(states.stream().flatMap(state -> state.lists().stream()).toList());
    return !Arrays.equals(pem, before.authoritiesPem());
  }

  /**
   * Returns the issuers to send; empty, which means any issuer, if the names would make the
   * CertificateRequest too long for clients.
   */
  private byte[] told(List<X509Certificate> authorities) {
    String warning = TrustFiles.warning(authorities);
    if (warning == null) {
      return TrustFiles.pem(authorities);
    }
    LOG.warn("{} {}", config.authorities(), warning);
    return new byte[0];
  }

  /**
   * Whether to read the file. After each change it is read at two looks: the time of a file does
   * not show that it was written twice at nearly the same time.
   */
  private boolean mayHaveChanged(Path file) {
    FileStamp stamp = stamp(file);
    Look before = looks.get(file);
    boolean isSame = before != null && before.stamp().equals(stamp);
    if (before != null && isSame && before.isSettled()) {
      return false;
    }
    looks.put(file, new Look(stamp, isSame));
    return true;
  }

  private static FileStamp stamp(Path file) {
    try {
      return BoundedFile.walk(file, step -> FileStamp.of(file));
    } catch (IOException stuck) {
      return new FileStamp(0, false);
    }
  }

  private void good(Path file) {
    if (unusable.remove(file) != null) {
      LOG.info("{} is usable again", file);
    }
  }

  private void bad(Path file, String problem) {
    // It may become usable without a new time.
    looks.remove(file);
    if (!problem.equals(unusable.put(file, problem))) {
      LOG.error("{} {}. Its previous content stays active; replace the file", file, problem);
    }
  }

  private FileState state(Path file) {
    Snapshot now = snapshot;
    Instant first = null;
    List<CrlProblem> problems = new ArrayList<>();
    for (RevocationList list : lists.getOrDefault(file, List.of())) {
      problems.addAll(CrlProblem.of(file, list, now.revocations(), now.anchors(), clock.instant()));
      Date next = now.revocations().isSuperseded(list) ? null : list.nextUpdate();
      if (next != null && (first == null || next.toInstant().isBefore(first))) {
        first = next.toInstant();
      }
    }
    return new FileState(file, first, List.copyOf(problems), unusable.getOrDefault(file, ""));
  }

  /** Logs each problem when it is new. */
  private void log(List<CrlProblem> problems) {
    for (CrlProblem problem : problems) {
      if (known.add(problem)) {
        if (problem.kind() == CrlProblem.Kind.UNMATCHED) {
          // The normal state of an intermediate's CRL until a client sends the intermediate.
          LOG.info("{}; {}", problem.finding(), problem.remedy());
        } else {
          LOG.warn("{}; {}", problem.finding(), problem.remedy());
        }
      }
    }
    known.retainAll(problems);
  }

  /**
   * The problems of the CRLs of {@code config}, as a start would find them. Unusable files are not
   * reported. Reads the files; blocks.
   */
  public static List<CrlProblem> preview(ClientCertificatesConfig config, Instant now) {
    Map<Path, List<RevocationList>> lists = new LinkedHashMap<>();
    Anchors anchors;
    try {
      anchors = TrustFiles.anchors(TrustFiles.authorities(config.authorities()));
      for (Path file : config.revocations()) {
        lists.put(file, TrustFiles.revocations(file));
      }
    } catch (TrustException reported) {
      return List.of();
    }
    List<RevocationList> all = lists.values().stream().flatMap(List::stream).toList();
    Revocations revocations = new Revocations(all);
    for (RevocationList list : all) {
      X500Principal issuer = list.issuer();
      revocations.learn(issuer, anchors.keysOf(issuer));
    }
    List<CrlProblem> problems = new ArrayList<>();
    lists.forEach(
        (file, listed) ->
            listed.forEach(
                list -> problems.addAll(CrlProblem.of(file, list, revocations, anchors, now))));
    return problems;
  }

  @Override
  public ClientVerdict judge(byte[][] chain) {
    if (chain.length > MOST_CERTIFICATES) {
      return refused(PathProblem.TOO_MANY_CERTIFICATES);
    }
    Snapshot now = snapshot;
    try {
      if (chain.length > 0 && AcceptedKeys.hasOtherCurve(chain[0])) {
        return refused(PathProblem.KEY);
      }
      X509Certificate leaf = chain.length == 0 ? null : parsed(chain[0]);
      if (leaf == null) {
        return refused(PathProblem.UNREADABLE);
      }
      List<X509Certificate> others = new ArrayList<>(chain.length);
      List<byte[]> skipped = new ArrayList<>(0);
      for (int i = 1; i < chain.length; i++) {
        // A certificate that cannot be used is skipped, like an unnecessary one.
        if (AcceptedKeys.hasOtherCurve(chain[i])) {
          skipped.add(chain[i]);
          continue;
        }
        X509Certificate other = parsed(chain[i]);
        if (other != null && AcceptedKeys.include(other.getPublicKey())) {
          others.add(other);
        } else if (other != null) {
          skipped.add(chain[i]);
        }
      }
      if (!AcceptedKeys.include(leaf.getPublicKey())) {
        return refused(PathProblem.KEY);
      }
      PathProblem problem =
          new PathSearch(now.anchors(), Purpose.TLS_CLIENT, clock.instant(), now.revocations())
              .find(leaf, others);
      if (problem == PathProblem.UNTRUSTED && AcceptedKeys.lackAnIssuer(leaf, others, skipped)) {
        return refused(PathProblem.KEY);
      }
      if (problem != null) {
        return refused(problem);
      }
      ClientIdentity identity = ClientAllowList.identity(leaf);
      return allowList.admits(leaf, identity)
          ? new ClientVerdict(null, identity)
          : new ClientVerdict(ClientCertificateRefused.NOT_ALLOWED, identity);
    } catch (GeneralSecurityException damaged) {
      return refused(PathProblem.UNREADABLE);
    }
  }

  private static @Nullable X509Certificate parsed(byte[] der) {
    try {
      return (X509Certificate)
          TrustFiles.factory().generateCertificate(new ByteArrayInputStream(der));
    } catch (CertificateException damaged) {
      return null;
    }
  }

  private static ClientVerdict refused(PathProblem problem) {
    return new ClientVerdict(
        switch (problem) {
          case UNTRUSTED -> ClientCertificateRefused.REFUSED;
          case TOO_MANY_PATHS -> ClientCertificateRefused.PATHS;
          case UNREADABLE -> ClientCertificateRefused.UNREADABLE;
          case TOO_MANY_CERTIFICATES -> ClientCertificateRefused.CHAIN_TOO_LONG;
          case CONSTRAINT -> ClientCertificateRefused.CONSTRAINT;
          case KEY -> ClientCertificateRefused.KEY;
          case EXTENSION -> ClientCertificateRefused.EXTENSION;
          case KEY_USAGE -> ClientCertificateRefused.KEY_USAGE;
          case PURPOSE -> ClientCertificateRefused.PURPOSE;
          case EXPIRED -> ClientCertificateRefused.EXPIRED;
          case REVOKED -> ClientCertificateRefused.REVOKED;
        },
        null);
  }
}
