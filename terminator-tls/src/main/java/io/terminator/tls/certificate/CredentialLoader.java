package io.terminator.tls.certificate;

import io.terminator.tls.certificate.CredentialProblem.Kind;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads a certificate chain and its key from files or memory, whatever their format, and judges them. Any thread. */
public final class CredentialLoader {
  /** No chain and no key is near this large; what is larger is some other file. */
  public static final int MOST_BYTES = 1024 * 1024;

  private CredentialLoader() {}

  /** Reads {@code chain} and {@code key}, which may be one file; {@code password} opens an encrypted key or key store. */
  public static LoadedCredential load(
      String name, Path chain, Path key, char @Nullable [] password, Instant now) {
    List<CredentialProblem> problems = new ArrayList<>();
    byte[] chainBytes = read(chain, problems);
    byte[] keyBytes = chain.equals(key) ? chainBytes : read(key, problems);
    if (chainBytes == null || keyBytes == null) {
      return new LoadedCredential(null, problems);
    }
    warnIfReadable(key, problems);
    LoadedCredential loaded =
        load(name, new Source(chain.toString(), chainBytes), new Source(key.toString(), keyBytes), password, now);
    problems.addAll(loaded.problems());
    return new LoadedCredential(loaded.credential(), problems);
  }

  /** Bytes and where they are from, for messages. */
  public record Source(String name, byte[] bytes) {
    @Override
    public String toString() {
      return name;
    }
  }

  /** As above, from memory. */
  public static LoadedCredential load(
      String name, Source chain, Source key, char @Nullable [] password, Instant now) {
    List<CredentialProblem> problems = new ArrayList<>();
    try {
      List<X509Certificate> certificates;
      PrivateKey privateKey;
      if (KeyStoreReader.isKeyStore(chain.bytes())) {
        KeyStoreReader.Entry entry = KeyStoreReader.read(chain, password);
        certificates = entry.chain();
        privateKey = entry.key();
      } else {
        certificates = PemReader.certificates(chain);
        privateKey = PemReader.privateKey(key, password);
      }
      Credential credential =
          CredentialReview.review(name, chain.name(), key.name(), certificates, privateKey, now, problems);
      return new LoadedCredential(credential, problems);
    } catch (CredentialException failure) {
      problems.add(failure.problem());
      return new LoadedCredential(null, problems);
    }
  }

  private static byte @Nullable [] read(Path file, List<CredentialProblem> problems) {
    try {
      long size = Files.size(file);
      if (size > MOST_BYTES) {
        problems.add(
            problem(
                Kind.TOO_LARGE,
                file,
                "has " + size + " bytes; expected a certificate or key, which has less than 1 MiB"));
        return null;
      }
      byte[] bytes = Files.readAllBytes(file);
      if (bytes.length == 0) {
        problems.add(problem(Kind.EMPTY, file, "is empty; expected PEM, PKCS#12 or JKS. It may still be being written"));
        return null;
      }
      return bytes;
    } catch (NoSuchFileException missing) {
      problems.add(problem(Kind.UNREADABLE, file, "does not exist; expected a readable file"));
    } catch (AccessDeniedException denied) {
      problems.add(
          problem(
              Kind.UNREADABLE,
              file,
              "may not be read by user " + System.getProperty("user.name") + "; allow it or run as another user"));
    } catch (IOException failure) {
      problems.add(problem(Kind.UNREADABLE, file, "can't be read: " + failure + "; expected a regular file"));
    }
    return null;
  }

  private static void warnIfReadable(Path key, List<CredentialProblem> problems) {
    try {
      Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(key);
      if (permissions.contains(PosixFilePermission.OTHERS_READ)) {
        problems.add(
            problem(
                Kind.KEY_READABLE_BY_OTHERS, key, "holds a private key that every user may read; chmod 600 it"));
      }
    } catch (IOException | UnsupportedOperationException unknown) {
      // Judged by what it holds alone.
    }
  }

  private static CredentialProblem problem(Kind kind, Path file, String text) {
    return new CredentialProblem(kind, file.toString(), text);
  }
}
