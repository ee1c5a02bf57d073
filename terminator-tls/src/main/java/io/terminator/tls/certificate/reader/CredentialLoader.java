package io.terminator.tls.certificate.reader;

import io.terminator.core.setting.Secret;
import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.credential.Credential.LeafFacts;
import io.terminator.tls.certificate.credential.Credential.Origin;
import io.terminator.tls.certificate.credential.CredentialProblem.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.jspecify.annotations.Nullable;

/**
 * Reads a credential in any supported format and checks it before it is served. Reads files: any
 * thread except a worker.
 */
public final class CredentialLoader {
  private final InstantSource clock;
  private final WeakKeys weakKeys;
  private final @Nullable Secret password;
  private final IssuerCache issuers = new IssuerCache();

  public CredentialLoader(InstantSource clock, WeakKeys weakKeys) {
    this(clock, weakKeys, null);
  }

  /** {@code password} decrypts keys in files that have no password of their own. */
  public CredentialLoader(InstantSource clock, WeakKeys weakKeys, @Nullable Secret password) {
    this.clock = clock;
    this.weakKeys = weakKeys;
    this.password = password;
  }

  /** Reads {@code files}; {@code version} becomes the version of the credential. */
  public Loaded load(CertificateFiles files, int version) {
    return load(files, version, PublicKeyCheck.COMPUTED);
  }

  public Loaded load(CertificateFiles files, int version, PublicKeyCheck stated) {
    Findings findings = new Findings();
    boolean isOneFile = files.key().equals(files.chain());
    byte[] chain =
        isOneFile
            ? SourceFile.readSecret(files.chain(), findings)
            : SourceFile.read(files.chain(), findings);
    byte[] key = isOneFile ? chain : SourceFile.readSecret(files.key(), findings);
    return check(
        files.name(),
        new Part(files.chain().toString(), chain),
        new Part(files.key().toString(), key),
        passwordsOf(files, findings),
        new Origin(files.chain(), version),
        stated,
        findings);
  }

  private Passwords passwordsOf(CertificateFiles files, Findings findings) {
    Secret own = passwordOf(files.password(), files.passwordFile(), findings);
    return new Passwords(
        own == null ? password : own,
        passwordOf(files.keyPassword(), files.keyPasswordFile(), findings));
  }

  private static @Nullable Secret passwordOf(
      @Nullable Secret configured, @Nullable Path file, Findings findings) {
    byte[] content =
        configured == null && file != null ? SourceFile.readSecret(file, findings) : null;
    // Editors end the file with a line break that is not part of the password.
    return content == null
        ? configured
        : new Secret(new String(content, StandardCharsets.UTF_8).replaceFirst("[\\r\\n]+$", ""));
  }

  /**
   * Reads an upload; {@code key} may be the same array as {@code chain} for a bundle or a key
   * store.
   */
  public Loaded parse(
      String name, byte[] chain, byte[] key, @Nullable Secret password, int version) {
    return parse(name, chain, key, password, null, version);
  }

  /** As above; {@code keyPassword} decrypts a key that has its own password in a key store. */
  public Loaded parse(
      String name,
      byte[] chain,
      byte[] key,
      @Nullable Secret password,
      @Nullable Secret keyPassword,
      int version) {
    return parse(name, chain, key, new Passwords(password, keyPassword), new Origin(null, version));
  }

  /** As above; {@code origin} is where the certificate is said to come from. */
  public Loaded parse(
      String name, byte[] chain, byte[] key, @Nullable Secret password, Origin origin) {
    return parse(name, chain, key, new Passwords(password, null), origin);
  }

  private Loaded parse(String name, byte[] chain, byte[] key, Passwords passwords, Origin origin) {
    String place = "certificate \"" + name + "\" chain";
    return check(
        name,
        new Part(place, chain),
        new Part(chain == key ? place : "certificate \"" + name + "\" key", key),
        passwords,
        origin,
        PublicKeyCheck.COMPUTED,
        new Findings());
  }

  /** One file or field; {@code content} is null if reading failed, which is already reported. */
  private record Part(String place, byte @Nullable [] content) {
    byte[] contentOrNothing() {
      return content == null ? new byte[0] : content;
    }
  }

  private Loaded check(
      String name,
      Part chain,
      Part key,
      Passwords passwords,
      Origin origin,
      PublicKeyCheck stated,
      Findings findings) {
    Loaded.Digest digest =
        Loaded.Digest.of(
            chain.contentOrNothing(),
            key.contentOrNothing(),
            octets(passwords.file()),
            octets(passwords.key()));
    try {
      Credential credential = assemble(name, chain, key, passwords, origin, stated, findings);
      return new Loaded(credential, findings.problems(), digest);
    } catch (IOException | RuntimeException e) {
      // Bouncy Castle parses lazily, so damage may appear at any step. The cause's text is dropped
      // because it may quote content.
      findings.add(
          Kind.MALFORMED,
          chain.place(),
          "the certificate or its key is inconsistent. Copy the files again");
      return new Loaded(null, findings.problems(), digest);
    }
  }

  private static byte[] octets(@Nullable Secret secret) {
    return secret == null ? new byte[0] : secret.reveal().getBytes(StandardCharsets.UTF_8);
  }

  private @Nullable Credential assemble(
      String name,
      Part chainPart,
      Part keyPart,
      Passwords passwords,
      Origin origin,
      PublicKeyCheck stated,
      Findings findings)
      throws IOException {
    boolean isOneFile = chainPart.place().equals(keyPart.place());
    // A chain file may also hold a key, which need not be read if there is a key file.
    Findings ofChain = isOneFile ? findings : new Findings();
    KeyMaterial chainMaterial = material(chainPart, passwords, ofChain);
    KeyMaterial keyMaterial = isOneFile ? chainMaterial : material(keyPart, passwords, findings);
    if (!isOneFile) {
      findings.addAll(ofChain, kind -> !isAboutKey(kind));
    }
    List<ParsedCertificate> certificates = chainMaterial.certificates();
    List<PrivateKeyInfo> keys = keyMaterial.keys();
    if (findings.isRefused()) {
      return null;
    }
    if (keys.isEmpty()) {
      findings.dropExposure();
    }
    if (isOneFile
        && keys.isEmpty()
        && certificates.stream().allMatch(ParsedCertificate::isAuthority)) {
      findings.add(
          Kind.NO_IDENTITY,
          chainPart.place(),
          "contains only CA certificates or parameters. Expected a server certificate and"
              + " its private key");
      return null;
    }
    if (certificates.isEmpty()) {
      findings.add(
          Kind.MISSING_CERTIFICATE,
          chainPart.place(),
          "contains no certificate. Expected the server certificate and its intermediates");
    }
    if (keys.isEmpty()) {
      findings.add(
          Kind.MISSING_KEY,
          keyPart.place(),
          "contains no private key. Expected the key of the certificate");
    }
    if (certificates.isEmpty() || keys.isEmpty()) {
      return null;
    }
    Pair pair = pair(certificates, keys, stated, chainPart.place(), keyPart.place(), findings);
    return pair == null
        ? null
        : credential(
            name, pair, certificates, chainPart.place(), keyPart.place(), origin, findings);
  }

  private KeyMaterial material(Part part, Passwords passwords, Findings findings) {
    return part.content() == null
        ? KeyMaterial.NONE
        : KeyMaterial.read(part.content(), part.place(), passwords, issuers, findings);
  }

  private static boolean isAboutKey(Kind kind) {
    return kind == Kind.MISSING_PASSWORD
        || kind == Kind.WRONG_PASSWORD
        || kind == Kind.UNSUPPORTED_KEY;
  }

  private record Pair(ParsedCertificate leaf, KeyMatch key) {}

  /** Returns the first key that belongs to a certificate, with that certificate. */
  private static @Nullable Pair pair(
      List<ParsedCertificate> certificates,
      List<PrivateKeyInfo> keys,
      PublicKeyCheck stated,
      String chainPlace,
      String keyPlace,
      Findings findings) {
    List<KeyMatch> usable = new ArrayList<>();
    for (PrivateKeyInfo key : keys) {
      KeyMatch match = KeyMatch.of(key, stated);
      if (match != null) {
        usable.add(match);
      }
    }
    if (usable.isEmpty()) {
      findings.add(
          Kind.UNSUPPORTED_KEY,
          keyPlace,
          "the private key is damaged or of an unsupported type. Expected RSA, or ECDSA"
              + " on P-256, P-384 or P-521");
      return null;
    }
    if (keys.size() > 1) {
      findings.add(
          Kind.SEVERAL_KEYS,
          keyPlace,
          "holds "
              + keys.size()
              + " private keys; the first that belongs to a certificate is used. Expected one");
    }
    for (KeyMatch key : usable) {
      for (ParsedCertificate certificate : certificates) {
        if (key.belongsTo(certificate.publicKey())) {
          return new Pair(certificate, key);
        }
      }
    }
    findings.add(
        Kind.WRONG_KEY,
        keyPlace,
        "the private key does not belong to the certificate \""
            + ChainOrder.name(certificates.get(0).subject())
            + "\" in "
            + chainPlace
            + " (public keys differ). Expected the key that the certificate was requested with");
    return null;
  }

  private @Nullable Credential credential(
      String name,
      Pair pair,
      List<ParsedCertificate> certificates,
      String chainPlace,
      String keyPlace,
      Origin origin,
      Findings findings)
      throws IOException {
    List<ParsedCertificate> chain =
        ChainOrder.sorted(pair.leaf(), certificates, chainPlace, findings);
    CertificateLint.key(pair.key().facts(), weakKeys, keyPlace, findings);
    CertificateLint.dates(chain, clock.instant(), chainPlace, findings);
    CertificateLint.signatures(chain, chainPlace, findings);
    CertificateLint.purpose(pair.leaf(), chainPlace, findings);
    CertificateLint.constraints(pair.leaf(), chainPlace, findings);
    CertificateLint.sample(pair.leaf(), chainPlace, findings);
    List<String> hosts = SubjectAltNames.hosts(pair.leaf(), chainPlace, findings);
    if (findings.isRefused()) {
      return null;
    }
    // A sample's key is public regardless of the file's permissions.
    findings.dropExposureOfSample();
    return new Credential(
        name,
        chain.stream().map(ParsedCertificate::der).toArray(byte[][]::new),
        pair.key().compact(),
        pair.key().facts(),
        new LeafFacts(
            hosts, pair.leaf().notBefore(), pair.leaf().notAfter(), !findings.isRefusedByClients()),
        origin);
  }
}
