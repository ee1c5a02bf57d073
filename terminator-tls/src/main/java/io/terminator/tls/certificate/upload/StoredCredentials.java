package io.terminator.tls.certificate.upload;

import io.terminator.core.setting.Secret;
import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.credential.CredentialProblem.Kind;
import io.terminator.tls.certificate.reader.CredentialLoader;
import io.terminator.tls.certificate.reader.Findings;
import io.terminator.tls.certificate.reader.Loaded;
import io.terminator.tls.certificate.reader.PemReader;
import io.terminator.tls.certificate.reader.SourceFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Versions of certificates with their private keys in a state directory. With a secret, keys are
 * encrypted from now on; earlier ones stay readable. Thread-safe if only one thread writes a name.
 */
public final class StoredCredentials {
  private static final String SEALED = "TERMINATOR SEALED KEY";

  private final StateFiles files;
  private final CredentialLoader loader;
  private final @Nullable KeyEncryption seal;
  private final String heading;
  private final @Nullable Path source;

  /**
   * {@code heading} begins each file. {@code source} names the origin; null means the admin API.
   */
  StoredCredentials(
      StateFiles files,
      CredentialLoader loader,
      @Nullable Secret secret,
      String heading,
      @Nullable Path source) {
    this.files = files;
    this.loader = loader;
    this.seal = secret == null ? null : new KeyEncryption(secret);
    this.heading = heading;
    this.source = source;
  }

  /** As above, in a directory that several processes share. It is created if necessary. */
  public static StoredCredentials openShared(
      Path directory,
      CredentialLoader loader,
      @Nullable Secret secret,
      String heading,
      @Nullable Path source)
      throws StateException {
    return new StoredCredentials(StateFiles.openShared(directory), loader, secret, heading, source);
  }

  /** The names with at least one version, sorted. */
  public Set<String> names() throws IOException {
    return files.names();
  }

  /** Newest first. */
  public List<Integer> versions(String name) throws IOException {
    return files.versions(name);
  }

  /** Stores {@code credential} durably under its name and version. */
  public void write(Credential credential) throws StateException {
    String name = credential.name();
    int version = credential.version();
    byte[] chain = credential.pemChain();
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    content.writeBytes(ascii(heading));
    content.writeBytes(chain);
    content.writeBytes(
        seal == null
            ? credential.pemKey()
            : pem(SEALED, seal.seal(credential.keyPkcs8(), beside(name, version, chain))));
    files.write(name, version, content.toByteArray());
  }

  /** Removes all versions except the newest {@code most}. */
  public void prune(String name, int most) {
    files.prune(name, most);
  }

  /** Removes all versions. */
  public void delete(String name) throws StateException {
    files.delete(name);
  }

  /** Parses and checks certificate and key as a version of {@code name}. */
  public Loaded parse(String name, byte[] chain, byte[] key, int version) {
    return loader.parse(name, chain, key, null, new Credential.Origin(source, version));
  }

  public Loaded read(String name, int version) {
    Path file = files.file(name, version);
    String place = file.toString();
    Findings findings = new Findings();
    byte[] content = SourceFile.read(file, findings);
    if (content == null) {
      return new Loaded(null, findings.problems(), Loaded.Digest.of());
    }
    ByteArrayOutputStream chain = new ByteArrayOutputStream();
    byte[] key = null;
    for (PemReader.Block block : PemReader.read(content, place, findings)) {
      if (block.label().equals(SEALED)) {
        key = opened(name, version, block, chain.toByteArray(), place, findings);
      } else if (block.label().equals("PRIVATE KEY")) {
        key = ascii(block.text());
      } else {
        chain.writeBytes(ascii(block.text()));
      }
    }
    if (key == null && !findings.isRefused()) {
      findings.add(
          Kind.STATE_UNUSABLE, place, "is damaged. An older version serves; upload a new one");
    }
    if (key == null || findings.isRefused()) {
      return new Loaded(null, findings.problems(), Loaded.Digest.of(content));
    }
    return parse(name, chain.toByteArray(), key, version);
  }

  private byte @Nullable [] opened(
      String name,
      int version,
      PemReader.Block block,
      byte[] chain,
      String place,
      Findings findings) {
    if (seal == null) {
      findings.add(
          Kind.MISSING_PASSWORD,
          place,
          "its key is encrypted, and no state-secret is configured. Expected the secret"
              + " that it was written with, or a new upload");
      return null;
    }
    byte[] key = seal.open(block.der(), beside(name, version, chain));
    if (key == null) {
      findings.add(
          Kind.WRONG_PASSWORD,
          place,
          "its key cannot be decrypted with state-secret. Expected the secret that it was"
              + " written with, or a new upload");
      return null;
    }
    return pem("PRIVATE KEY", key);
  }

  private static byte[] beside(String name, int version, byte[] chain) {
    byte[] names = (name + "/" + version + "/").getBytes(StandardCharsets.UTF_8);
    return Credential.sha256(names, chain);
  }

  private static byte[] pem(String label, byte[] der) {
    return ascii(
        "-----BEGIN "
            + label
            + "-----\n"
            + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
            + "\n-----END "
            + label
            + "-----\n");
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
