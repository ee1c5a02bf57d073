package io.terminator.tls.certificate.upload;

import io.terminator.core.setting.Secret;
import io.terminator.tls.certificate.credential.CredentialProblem;
import io.terminator.tls.certificate.credential.CredentialProblem.Kind;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Small documents in a directory that several processes may share, and the encryption of the
 * secrets in them. A document exists completely or not at all. Thread-safe.
 */
public final class StateDocuments {
  private static final String SEALED = "sealed:";
  private static final String PLAIN = "plain:";

  private final StateFiles files;
  private final Path directory;
  private final @Nullable KeyEncryption seal;

  private StateDocuments(Path directory, @Nullable Secret secret) throws StateException {
    this.directory = directory;
    this.files = StateFiles.openShared(directory);
    this.seal = secret == null ? null : new KeyEncryption(secret);
  }

  /** Creates the directory if necessary. Without a {@code secret}, only file modes protect. */
  public static StateDocuments open(Path directory, @Nullable Secret secret) throws StateException {
    return new StateDocuments(directory, secret);
  }

  /** Replaces the document durably. */
  public void write(String name, byte[] content) throws StateException {
    files.replace(name, content);
  }

  /** Null if there is none. */
  public byte @Nullable [] read(String name) throws StateException {
    return files.content(name);
  }

  public void delete(String name) throws StateException {
    files.remove(name);
  }

  /** Sorted. */
  public Set<String> names() throws StateException {
    return files.files();
  }

  /**
   * Text for a document from which {@link #unseal} gets {@code secret} back. {@code context} must
   * be the same for both.
   */
  public String seal(String context, byte[] secret) {
    return seal == null
        ? PLAIN + Base64.getEncoder().encodeToString(secret)
        : SEALED + Base64.getEncoder().encodeToString(seal.seal(secret, bytes(context)));
  }

  /** The exception names {@code document} and what is wrong with the secret. */
  public byte[] unseal(String document, String context, String sealed) throws StateException {
    try {
      if (sealed.startsWith(PLAIN)) {
        return Base64.getDecoder().decode(sealed.substring(PLAIN.length()));
      }
      if (sealed.startsWith(SEALED)) {
        if (seal == null) {
          throw problem(
              Kind.MISSING_PASSWORD,
              document,
              "its key is encrypted, and no state-secret is configured. Expected the secret that"
                  + " it was written with");
        }
        byte[] open =
            seal.open(
                Base64.getDecoder().decode(sealed.substring(SEALED.length())), bytes(context));
        if (open != null) {
          return open;
        }
        throw problem(
            Kind.WRONG_PASSWORD,
            document,
            "its key cannot be decrypted with state-secret. Expected the secret that it was"
                + " written with");
      }
    } catch (IllegalArgumentException damaged) {
      // Reported below: the text may be a part of the key.
    }
    throw problem(Kind.STATE_UNUSABLE, document, "is damaged. Delete it to begin anew");
  }

  private StateException problem(Kind kind, String document, String text) {
    return new StateException(
        new CredentialProblem(kind, directory.resolve(document).toString(), text));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
