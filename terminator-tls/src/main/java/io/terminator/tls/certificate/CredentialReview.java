package io.terminator.tls.certificate;

import io.terminator.tls.certificate.CredentialProblem.Kind;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/** Judges a chain and a key before anything is published: does the key belong, is the chain whole, dates, strength. */
final class CredentialReview {
  /** Every certificate of the sample PKI is issued under this organisation. */
  private static final String SAMPLE_ISSUER = "Terminator Sample - not for production";

  private static final int WEAKEST_RSA = 2048;
  private static final int WEAKEST_EC = 256;
  private static final int DNS_NAME = 2;
  private static final int ADDRESS = 7;

  private CredentialReview() {}

  /** The credential; warnings are added to {@code problems}, what forbids its use is thrown. */
  static Credential review(
      String name,
      String chainSource,
      String keySource,
      List<X509Certificate> given,
      PrivateKey key,
      Instant now,
      List<CredentialProblem> problems)
      throws CredentialException {
    X509Certificate leaf = leafOf(given, key);
    if (leaf == null) {
      throw new CredentialException(
          Kind.WRONG_KEY,
          keySource,
          "does not belong to the certificate in " + chainSource + " (public keys differ); expected the key that was"
              + " used to request it");
    }
    refuseWeak(chainSource, leaf.getPublicKey());
    List<X509Certificate> chain = ordered(leaf, given);
    if (!chain.equals(given)) {
      problems.add(
          new CredentialProblem(
              Kind.CHAIN_UNORDERED,
              chainSource,
              "has its certificates out of order or has ones that do not belong; served in order without the others."
                  + " Expected the server's own, then each issuer"));
    }
    X509Certificate last = chain.get(chain.size() - 1);
    if (chain.size() == 1 && !isSelfSigned(last) && !isRootLike(last.getIssuerX500Principal())) {
      problems.add(
          new CredentialProblem(
              Kind.CHAIN_INCOMPLETE,
              chainSource,
              "may lack an intermediate certificate: \""
                  + last.getIssuerX500Principal().getName()
                  + "\" issued it and is not in the file. Clients without it fail; append it"));
    }
    warnOfDates(chainSource, leaf, now, problems);
    if (leaf.getSigAlgName().toUpperCase(Locale.ROOT).startsWith("SHA1")
        || leaf.getSigAlgName().toUpperCase(Locale.ROOT).startsWith("MD5")) {
      problems.add(
          new CredentialProblem(
              Kind.WEAK_SIGNATURE, chainSource, "is signed with " + leaf.getSigAlgName() + ", which clients refuse; reissue it"));
    }
    if (leaf.getIssuerX500Principal().getName().contains(SAMPLE_ISSUER)) {
      problems.add(
          new CredentialProblem(
              Kind.SAMPLE, chainSource, "is a sample certificate whose key is public; never serve it outside a trial"));
    }
    return new Credential(
        name, chainSource, chain, key, hosts(chainSource, leaf, problems), fingerprint(leaf));
  }

  private static @Nullable X509Certificate leafOf(List<X509Certificate> given, PrivateKey key) {
    for (X509Certificate certificate : given) {
      if (isPair(certificate.getPublicKey(), key)) {
        return certificate;
      }
    }
    return null;
  }

  /** Signs with one and verifies with the other: says it for every kind of key, and for a damaged one too. */
  private static boolean isPair(PublicKey publicKey, PrivateKey key) {
    if (!publicKey.getAlgorithm().equals(key.getAlgorithm())
        && !(publicKey instanceof ECPublicKey && key.getAlgorithm().startsWith("EC"))) {
      return false;
    }
    try {
      Signature signature =
          Signature.getInstance(publicKey instanceof RSAPublicKey ? "SHA256withRSA" : "SHA256withECDSA");
      byte[] probe = {1, 2, 3, 4};
      signature.initSign(key);
      signature.update(probe);
      byte[] signed = signature.sign();
      signature.initVerify(publicKey);
      signature.update(probe);
      return signature.verify(signed);
    } catch (GeneralSecurityException unsuitable) {
      return false;
    }
  }

  private static void refuseWeak(String source, PublicKey key) throws CredentialException {
    if (key instanceof RSAPublicKey rsa && rsa.getModulus().bitLength() < WEAKEST_RSA) {
      throw new CredentialException(
          Kind.WEAK_KEY,
          source,
          "has an RSA key of " + rsa.getModulus().bitLength() + " bits; expected " + WEAKEST_RSA + " or more, or ECDSA P-256");
    }
    if (key instanceof ECPublicKey ec && ec.getParams().getCurve().getField().getFieldSize() < WEAKEST_EC) {
      throw new CredentialException(Kind.WEAK_KEY, source, "has an EC key below 256 bits; expected P-256 or P-384");
    }
  }

  /** From the leaf up, as far as issuers are given; a self-signed root at the end is left out: clients have their own. */
  private static List<X509Certificate> ordered(X509Certificate leaf, List<X509Certificate> given) {
    List<X509Certificate> chain = new ArrayList<>();
    X509Certificate next = leaf;
    while (next != null && !chain.contains(next)) {
      chain.add(next);
      next = isSelfSigned(next) ? null : issuerOf(next, given);
    }
    if (chain.size() > 1 && isSelfSigned(chain.get(chain.size() - 1)) && !given.get(given.size() - 1).equals(chain.get(chain.size() - 1))) {
      chain.remove(chain.size() - 1);
    }
    return chain;
  }

  private static @Nullable X509Certificate issuerOf(X509Certificate certificate, List<X509Certificate> given) {
    for (X509Certificate candidate : given) {
      if (candidate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal())) {
        try {
          certificate.verify(candidate.getPublicKey());
          return candidate;
        } catch (GeneralSecurityException otherKey) {
          // An issuer of the same name with another key: look on.
        }
      }
    }
    return null;
  }

  private static boolean isSelfSigned(X509Certificate certificate) {
    return certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal());
  }

  /** Roots that issue leaves directly call themselves so; without their certificate it can only be guessed. */
  private static boolean isRootLike(X500Principal issuer) {
    return issuer.getName().toLowerCase(Locale.ROOT).contains("root");
  }

  private static void warnOfDates(
      String source, X509Certificate leaf, Instant now, List<CredentialProblem> problems) {
    Instant from = leaf.getNotBefore().toInstant();
    Instant until = leaf.getNotAfter().toInstant();
    if (now.isAfter(until)) {
      problems.add(
          new CredentialProblem(
              Kind.EXPIRED, source, "expired " + until + ", " + Duration.between(until, now).toDays() + " days ago; renew it"));
    } else if (now.isBefore(from)) {
      problems.add(
          new CredentialProblem(
              Kind.NOT_YET_VALID, source, "is valid from " + from + " on; check the clock or wait"));
    }
  }

  private static List<String> hosts(String source, X509Certificate leaf, List<CredentialProblem> problems) {
    Set<String> hosts = new LinkedHashSet<>();
    boolean any = false;
    try {
      Collection<List<?>> names = leaf.getSubjectAlternativeNames();
      for (List<?> name : names == null ? List.<List<?>>of() : names) {
        any |= name.get(0).equals(ADDRESS);
        if (name.get(0).equals(DNS_NAME)) {
          hosts.add(normal((String) name.get(1)));
        }
      }
    } catch (CertificateParsingException unreadable) {
      // Then the common name decides.
    }
    if (hosts.isEmpty() && !any) {
      String common = commonName(leaf.getSubjectX500Principal());
      problems.add(
          new CredentialProblem(
              Kind.NO_NAMES,
              source,
              "has no subject alternative name, which clients require"
                  + (common == null ? "" : "; \"" + common + "\" of its common name is used to find it")));
      if (common != null) {
        hosts.add(normal(common));
      }
    }
    return List.copyOf(hosts);
  }

  private static String normal(String host) {
    String lower = host.toLowerCase(Locale.ROOT);
    return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
  }

  private static @Nullable String commonName(X500Principal subject) {
    for (String part : subject.getName().split(",", -1)) {
      if (part.startsWith("CN=") && part.length() > 3) {
        return part.substring(3);
      }
    }
    return null;
  }

  private static String fingerprint(X509Certificate leaf) throws CredentialException {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(leaf.getEncoded()));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
