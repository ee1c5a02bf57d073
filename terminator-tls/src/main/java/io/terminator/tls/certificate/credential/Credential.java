package io.terminator.tls.certificate.credential;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A checked certificate chain with its private key. Immutable and thread-safe. Equality is
 * identity: a changed file makes a new credential.
 *
 * <p>It stores encodings and parses them on request: an index may hold 100,000 of these, and a
 * parsed certificate takes ten times the memory of its encoding.
 */
public final class Credential {
  /** The highest {@link #rank}. */
  public static final int WORST_RANK = 3;

  private final String name;
  private final byte[][] chain;

  /** See {@link CompactKey}. */
  private final byte[] key;

  private final KeyKind keyKind;
  private final short keyBits;
  private final List<String> hosts;
  private final long notBefore;
  private final long notAfter;
  private final boolean isAcceptable;
  private final @Nullable Path file;
  private final int version;
  private @Nullable String fingerprint;

  public Credential(
      String name, byte[][] chain, byte[] key, KeyFacts facts, LeafFacts leaf, Origin origin) {
    this.name = name;
    this.chain = chain;
    this.key = key;
    this.keyKind = facts.kind();
    this.keyBits = (short) facts.bits();
    this.hosts = leaf.hosts();
    this.notBefore = leaf.notBefore();
    this.notAfter = leaf.notAfter();
    this.isAcceptable = leaf.isAcceptable();
    this.file = origin.file();
    this.version = origin.version();
  }

  /**
   * The origin of a credential: its file, another word such as {@code acme}, or null for an upload;
   * and an increasing version number.
   */
  public record Origin(@Nullable Path file, int version) {}

  /** The kind and strength of the key; {@code bits} is the size of the modulus or of the curve. */
  public record KeyFacts(KeyKind kind, int bits) {}

  /**
   * The properties of the leaf that selection needs; times are in seconds since 1970. {@code
   * isAcceptable} is false if clients reject it for its content, such as an SHA-1 signature.
   */
  public record LeafFacts(
      List<String> hosts, long notBefore, long notAfter, boolean isAcceptable) {}

  private Credential(Credential other, boolean isAcceptable) {
    this.name = other.name;
    this.chain = other.chain;
    this.key = other.key;
    this.keyKind = other.keyKind;
    this.keyBits = other.keyBits;
    this.hosts = other.hosts;
    this.notBefore = other.notBefore;
    this.notAfter = other.notAfter;
    this.isAcceptable = isAcceptable;
    this.file = other.file;
    this.version = other.version;
  }

  /** The same certificate, selected only if there is no other for a host. */
  public Credential asLastResort() {
    return new Credential(this, false);
  }

  /** The name in the admin API and in metrics; unique within its source. */
  public String name() {
    return name;
  }

  /** The certificates as DER, leaf first, in the order in which they are sent. Returns copies. */
  public List<byte[]> chain() {
    return Arrays.stream(chain).map(byte[]::clone).toList();
  }

  /** Parses and returns the leaf. */
  public X509Certificate leaf() {
    return certificate(0);
  }

  /** Parses and returns the leaf's issuer, or null if the chain does not contain it. */
  public @Nullable X509Certificate issuer() {
    return chain.length > 1 ? certificate(1) : null;
  }

  private X509Certificate certificate(int index) {
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(chain[index]));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(
          source() + ": a certificate that was checked does not parse any more", e);
    }
  }

  /** Parses and returns the private key, for the JDK's signature algorithms. */
  public PrivateKey key() {
    try {
      return KeyFactory.getInstance(keyKind.name())
          .generatePrivate(new PKCS8EncodedKeySpec(keyPkcs8()));
    } catch (GeneralSecurityException e) {
      // The cause is dropped because its message may quote the encoding.
      throw new IllegalStateException(source() + ": this JDK has no use for the private key");
    }
  }

  /** Encodes the private key as unencrypted PKCS#8, DER. Must never be logged. */
  public byte[] keyPkcs8() {
    return CompactKey.pkcs8(keyKind, keyBits, key);
  }

  /** The chain as PEM, for BoringSSL. */
  public byte[] pemChain() {
    ByteArrayOutputStream text = new ByteArrayOutputStream(2048 * chain.length);
    for (byte[] certificate : chain) {
      appendPem(text, "CERTIFICATE", certificate);
    }
    return text.toByteArray();
  }

  /** Encodes the private key as unencrypted PKCS#8, PEM, for BoringSSL. Must never be logged. */
  public byte[] pemKey() {
    ByteArrayOutputStream text = new ByteArrayOutputStream(2048);
    appendPem(text, "PRIVATE KEY", keyPkcs8());
    return text.toByteArray();
  }

  private static void appendPem(ByteArrayOutputStream text, String label, byte[] der) {
    text.writeBytes(ascii("-----BEGIN " + label + "-----\n"));
    text.writeBytes(Base64.getMimeEncoder(64, new byte[] {'\n'}).encode(der));
    text.writeBytes(ascii("\n-----END " + label + "-----\n"));
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  public KeyKind keyKind() {
    return keyKind;
  }

  /** The size in bits of the RSA modulus or of the elliptic curve. */
  public int keyBits() {
    return keyBits;
  }

  /**
   * The hosts that it covers, in lower case, as A-labels, without a trailing dot; {@code *.} stands
   * for one label. They are the DNS names, or the common name if there are none, followed by the IP
   * addresses as {@link IpText} writes them.
   */
  public List<String> hosts() {
    return hosts;
  }

  public Instant notBefore() {
    return Instant.ofEpochSecond(notBefore);
  }

  public Instant notAfter() {
    return Instant.ofEpochSecond(notAfter);
  }

  public Expiry expiry(Instant now) {
    return Expiry.of(notBefore(), notAfter(), now);
  }

  /**
   * Whether {@code now} is in its validity period. The issuers' validity periods are not checked.
   */
  public boolean isValidAt(Instant now) {
    long second = now.getEpochSecond();
    return notBefore <= second && second <= notAfter;
  }

  /**
   * The penalty in selection, 0 for a certificate that clients accept. A valid certificate precedes
   * an invalid one; among equally valid ones, a certificate with acceptable content comes first.
   */
  public int rank(Instant now) {
    return (isValidAt(now) ? 0 : 2) + (isAcceptable ? 0 : 1);
  }

  /** Computes the SHA-256 of the leaf as 64 hexadecimal digits. */
  public String fingerprint() {
    String known = fingerprint;
    if (known == null) {
      known = HexFormat.of().formatHex(sha256(chain[0]));
      fingerprint = known;
    }
    return known;
  }

  /** The path of the chain file, {@code acme}, or {@code api} for an upload. */
  public String source() {
    return file == null ? "api" : file.toString();
  }

  /** The number of this content among those that its source has had, from 1. */
  public int version() {
    return version;
  }

  public static byte[] sha256(byte[]... parts) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (byte[] part : parts) {
        digest.update(part);
      }
      return digest.digest();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** All fields except the key. */
  @Override
  public String toString() {
    return "Credential["
        + name
        + " v"
        + version
        + ", "
        + keyKind
        + " "
        + keyBits
        + ", "
        + hosts
        + ", until "
        + notAfter()
        + ", from "
        + source()
        + ", key redacted]";
  }
}
