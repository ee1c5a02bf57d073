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
 * A certificate chain that was checked, and the private key that belongs to it. Immutable, any
 * thread. Equal only to itself: a changed file makes a new one.
 *
 * <p>It keeps encodings and parses on request: 100,000 of these are loaded as an index, and a
 * parsed certificate takes ten times the memory of its bytes.
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

  /** Where a credential came from, null for an upload, and a number that grows. */
  public record Origin(@Nullable Path file, int version) {}

  /** The key's kind and strength; {@code bits} of the modulus or of the curve. */
  public record KeyFacts(KeyKind kind, int bits) {}

  /**
   * What selection needs of the leaf; times in seconds since 1970. {@code isAcceptable} is false where clients refuse it for
   * what it says, such as an SHA-1 signature.
   */
  public record LeafFacts(
      List<String> hosts, long notBefore, long notAfter, boolean isAcceptable) {}

  /** As the admin API and the metrics call it; unique within its source. */
  public String name() {
    return name;
  }

  /** Certificates as DER, leaf first, in the order in which they are sent. Copies. */
  public List<byte[]> chain() {
    return Arrays.stream(chain).map(byte[]::clone).toList();
  }

  /** The leaf, parsed now. */
  public X509Certificate leaf() {
    return certificate(0);
  }

  /** The leaf's issuer, parsed now, where the chain has it: it signs OCSP requests' answers. */
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

  /** The private key, parsed now, for the JDK's signatures. */
  public PrivateKey key() {
    try {
      return KeyFactory.getInstance(keyKind.name())
          .generatePrivate(new PKCS8EncodedKeySpec(keyPkcs8()));
    } catch (GeneralSecurityException e) {
      // Without the cause: it may quote the encoding.
      throw new IllegalStateException(source() + ": this JDK has no use for the private key");
    }
  }

  /** The private key as unencrypted PKCS#8, DER, made now. Never to be logged. */
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

  /** The private key as unencrypted PKCS#8, PEM, for BoringSSL. Never to be logged. */
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

  /** Bits of an RSA modulus, or of an elliptic curve. */
  public int keyBits() {
    return keyBits;
  }

  /**
   * Hosts that it answers for: lower case, A-labels, no trailing dot; {@code *.} stands for one label. From the DNS names; from
   * the common name where there are none. Then its IP addresses, as {@link IpText} writes them.
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

  /** Whether its dates include {@code now}. Those of the issuers are not looked at. */
  public boolean isValidAt(Instant now) {
    long second = now.getEpochSecond();
    return notBefore <= second && second <= notAfter;
  }

  /**
   * How much better others would be, 0 for a certificate that clients take: one that is valid goes before one that is not, and
   * among those one that clients accept for what it says.
   */
  public int rank(Instant now) {
    return (isValidAt(now) ? 0 : 2) + (isAcceptable ? 0 : 1);
  }

  /** SHA-256 of the leaf, 64 hexadecimal digits, computed now. */
  public String fingerprint() {
    return HexFormat.of().formatHex(sha256(chain[0]));
  }

  /** Where it was read: the path of its chain, or {@code api}. */
  public String source() {
    return file == null ? "api" : file.toString();
  }

  /** Counts the contents that its source had, from 1. */
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

  /** Everything but the key. */
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
