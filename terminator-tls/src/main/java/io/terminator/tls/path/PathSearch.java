package io.terminator.tls.path;

import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXReason;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Date;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.jspecify.annotations.Nullable;

/**
 * Finds one valid path (RFC 5280 section 6) from a certificate to a trust anchor. The other
 * certificates may be unordered, repeated or unrelated (RFC 8446 section 4.4.2). Runs on workers,
 * so its work is limited: paths are tried until their lengths add up to {@link #MOST_SIGNATURES},
 * which is the maximum number of verified signatures. An untrusted chain costs one signature per
 * path, because the validator begins at the anchor. Single use; not thread-safe.
 */
public final class PathSearch {
  static final int MOST_SIGNATURES = 24;

  /** Comparing names is cheap, but certificates with the same name allow many orders. */
  private static final int MOST_STEPS = 256;

  private static final String AUTHORITY_KEY = "2.5.29.35";
  private static final String SUBJECT_KEY = "2.5.29.14";

  private final Anchors anchors;
  private final Purpose purpose;
  private final Instant now;
  private final Acceptance acceptance;
  private List<X509Certificate> others = List.of();
  private PathProblem problem = PathProblem.UNTRUSTED;
  private int steps;
  private int signatures;

  /** A final check of a path that is otherwise valid. */
  public interface Acceptance {
    /**
     * Null accepts; {@code anchorKey} is the key that signed the last certificate of {@code path}.
     */
    @Nullable PathProblem problem(List<X509Certificate> path, PublicKey anchorKey)
        throws GeneralSecurityException;
  }

  public PathSearch(Anchors anchors, Purpose purpose, Instant now, Acceptance acceptance) {
    this.anchors = anchors;
    this.purpose = purpose;
    this.now = now;
    this.acceptance = acceptance;
  }

  /**
   * Returns null if a path was found; {@code leaf} may be contained in {@code shown}. Call once.
   */
  public @Nullable PathProblem find(X509Certificate leaf, List<X509Certificate> shown)
      throws GeneralSecurityException {
    others = shown.stream().distinct().filter(each -> !each.equals(leaf)).toList();
    List<X509Certificate> path = new ArrayList<>();
    path.add(leaf);
    return extend(path) ? null : problem;
  }

  private boolean extend(List<X509Certificate> path) throws GeneralSecurityException {
    if (isExhausted() || ++steps > MOST_STEPS) {
      note(PathProblem.TOO_MANY_PATHS);
      return false;
    }
    X509Certificate last = path.get(path.size() - 1);
    for (Anchor anchor : likelyFirst(last, anchors.named(last.getIssuerX500Principal()))) {
      if (isValid(path, anchor)) {
        return true;
      }
    }
    for (X509Certificate issuer : issuers(last)) {
      if (!path.contains(issuer)) {
        path.add(issuer);
        if (extend(path)) {
          return true;
        }
        path.remove(path.size() - 1);
      }
    }
    return false;
  }

  private boolean isExhausted() {
    return signatures >= MOST_SIGNATURES;
  }

  private void note(PathProblem found) {
    if (found.compareTo(problem) > 0) {
      problem = found;
    }
  }

  private static List<Anchor> likelyFirst(X509Certificate issued, List<Anchor> named) {
    if (named.size() < 2) {
      return named;
    }
    byte[] key = issuerKey(issued);
    return named.stream()
        .sorted(Comparator.comparing((Anchor anchor) -> !isKey(anchor.certificate(), key)))
        .toList();
  }

  private List<X509Certificate> issuers(X509Certificate issued) {
    List<X509Certificate> found = new ArrayList<>(2);
    for (X509Certificate each : others) {
      if (each.getSubjectX500Principal().equals(issued.getIssuerX500Principal())) {
        found.add(each);
      }
    }
    if (found.size() > 1) {
      byte[] key = issuerKey(issued);
      found.sort(
          Comparator.comparing((X509Certificate each) -> !isCurrent(each))
              .thenComparing(each -> !isKey(each, key)));
    }
    return found;
  }

  private boolean isCurrent(X509Certificate certificate) {
    return !now.isBefore(certificate.getNotBefore().toInstant())
        && !now.isAfter(certificate.getNotAfter().toInstant());
  }

  private static byte @Nullable [] issuerKey(X509Certificate issued) {
    byte[] extension = issued.getExtensionValue(AUTHORITY_KEY);
    if (extension == null) {
      return null;
    }
    try {
      return AuthorityKeyIdentifier.getInstance(ASN1OctetString.getInstance(extension).getOctets())
          .getKeyIdentifierOctets();
    } catch (IllegalArgumentException damaged) {
      // Only a hint: signatures decide.
      return null;
    }
  }

  private static boolean isKey(X509Certificate issuer, byte @Nullable [] key) {
    byte[] extension = key == null ? null : issuer.getExtensionValue(SUBJECT_KEY);
    // An octet string inside an octet string, each with a header of two bytes.
    return extension != null
        && key != null
        && extension.length == key.length + 4
        && Arrays.equals(extension, 4, extension.length, key, 0, key.length);
  }

  private boolean isValid(List<X509Certificate> path, Anchor anchor)
      throws GeneralSecurityException {
    if (isExhausted()) {
      note(PathProblem.TOO_MANY_PATHS);
      return false;
    }
    signatures += path.size();
    PKIXParameters rules = new PKIXParameters(Set.of(anchor.trusted()));
    rules.setRevocationEnabled(false);
    rules.setDate(Date.from(now));
    // A qualifier is a text or a link for humans; RFC 5280 section 4.2.1.4 allows it in a critical
    // extension.
    rules.setPolicyQualifiersRejected(false);
    List<X509Certificate> viewed = new ArrayList<>(path.size());
    for (X509Certificate each : path) {
      viewed.add(NamesUnconstrained.of(each));
    }
    rules.addCertPathChecker(new PurposeCheck(viewed.get(0), purpose));
    try {
      var unused =
          CertPathValidator.getInstance("PKIX")
              .validate(CertificateFactory.getInstance("X.509").generateCertPath(viewed), rules);
    } catch (CertPathValidatorException invalid) {
      note(problem(invalid));
      return false;
    } catch (RuntimeException unforeseen) {
      // The validator fails on some damaged extensions. Another path may be valid.
      note(PathProblem.CONSTRAINT);
      return false;
    }
    if (!anchor.allows(path) || !areNamesAllowed(path)) {
      note(PathProblem.CONSTRAINT);
      return false;
    }
    PathProblem last = acceptance.problem(List.copyOf(path), anchor.certificate().getPublicKey());
    if (last != null) {
      note(last);
    }
    return last == null;
  }

  private static boolean areNamesAllowed(List<X509Certificate> path) {
    for (int i = 1; i < path.size(); i++) {
      try {
        NameSubtrees names = NameSubtrees.of(path.get(i));
        if (names != null && !names.allow(path.subList(0, i))) {
          return false;
        }
      } catch (CertificateException damaged) {
        return false;
      }
    }
    return true;
  }

  private static PathProblem problem(CertPathValidatorException invalid) {
    CertPathValidatorException.Reason reason = invalid.getReason();
    if (reason instanceof PathProblem known) {
      return known;
    }
    if (reason instanceof BasicReason basic) {
      return switch (basic) {
        case EXPIRED, NOT_YET_VALID -> PathProblem.EXPIRED;
        case ALGORITHM_CONSTRAINED -> PathProblem.KEY;
        case REVOKED -> PathProblem.REVOKED;
        case INVALID_SIGNATURE, UNDETERMINED_REVOCATION_STATUS, UNSPECIFIED ->
            PathProblem.UNTRUSTED;
      };
    }
    if (reason instanceof PKIXReason rule) {
      return switch (rule) {
        case UNRECOGNIZED_CRIT_EXT -> PathProblem.EXTENSION;
        case NOT_CA_CERT, PATH_TOO_LONG, INVALID_KEY_USAGE, INVALID_POLICY, INVALID_NAME ->
            PathProblem.CONSTRAINT;
        case NAME_CHAINING, NO_TRUST_ANCHOR -> PathProblem.UNTRUSTED;
      };
    }
    return PathProblem.UNTRUSTED;
  }
}
