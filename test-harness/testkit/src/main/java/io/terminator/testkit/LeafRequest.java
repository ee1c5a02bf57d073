package io.terminator.testkit;

import java.security.KeyPair;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The properties of a leaf certificate, which {@link #issue} creates. The default is a server
 * certificate with an ECDSA P-256 key, valid for 30 days. Used by one thread, for one or more
 * certificates; each has a new serial number and, unless a key was given, a new key.
 */
public final class LeafRequest {

  private final TestCa ca;
  final List<String> names;
  String commonName;
  KeyAlgorithm algorithm = KeyAlgorithm.ECDSA_P256;
  Validity validity = Validity.of(Duration.ofDays(30));
  boolean forClient;
  boolean mustStaple;
  boolean sha1;
  boolean isAuthority;
  boolean cannotSign;
  @Nullable String criticalExtension;
  @Nullable KeyPair keyPair;
  @Nullable String ocspUrl;
  @Nullable String crlUrl;

  LeafRequest(TestCa ca, List<String> names) {
    this.ca = ca;
    this.names = List.copyOf(names);
    this.commonName = names.isEmpty() ? "nameless" : names.get(0);
  }

  /** The subject's common name; the first of the names by default. */
  public LeafRequest commonName(String name) {
    commonName = name;
    return this;
  }

  /** RSA-2048 instead of ECDSA. */
  public LeafRequest rsa() {
    return algorithm(KeyAlgorithm.RSA_2048);
  }

  public LeafRequest algorithm(KeyAlgorithm chosen) {
    algorithm = chosen;
    return this;
  }

  /** Uses this key, as a renewal with the same key does. */
  public LeafRequest keyPair(KeyPair existing) {
    keyPair = existing;
    return this;
  }

  public LeafRequest validity(Validity chosen) {
    validity = chosen;
    return this;
  }

  /** For TLS client authentication instead of server authentication. */
  public LeafRequest forClient() {
    forClient = true;
    return this;
  }

  /** The URL of the OCSP responder (authority information access). */
  public LeafRequest ocspAt(String url) {
    ocspUrl = url;
    return this;
  }

  /** The URL of the revocation list (CRL distribution point). */
  public LeafRequest crlAt(String url) {
    crlUrl = url;
    return this;
  }

  /** With the TLS feature extension that requires a stapled OCSP response. */
  public LeafRequest mustStaple() {
    mustStaple = true;
    return this;
  }

  /** Signed with SHA-1, which current peers refuse. */
  public LeafRequest signedWithSha1() {
    sha1 = true;
    return this;
  }

  /** With CA:TRUE, as if it were an authority's. */
  public LeafRequest authority() {
    isAuthority = true;
    return this;
  }

  /** With a key usage that allows key agreement and no signature. */
  public LeafRequest withoutSigning() {
    cannotSign = true;
    return this;
  }

  /** With a critical extension of this object identifier, whose value is an ASN.1 NULL. */
  public LeafRequest critical(String objectIdentifier) {
    criticalExtension = objectIdentifier;
    return this;
  }

  /** A credential with the chain leaf, intermediate. */
  public Credential issue() {
    return ca.issue(this);
  }
}
