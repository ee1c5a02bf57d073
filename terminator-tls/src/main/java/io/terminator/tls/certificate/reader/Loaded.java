package io.terminator.tls.certificate.reader;

import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.credential.CredentialProblem;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The result of reading one credential: the credential, null if it was refused, and all problems.
 * Equal {@code digest}s mean that the bytes read were the same.
 */
public record Loaded(
    @Nullable Credential credential, List<CredentialProblem> problems, Digest digest) {
  public Loaded {
    problems = List.copyOf(problems);
  }

  /** A digest of the contents of chain and key with their password. */
  public record Digest(long high, long low) {
    public static Digest of(byte[]... parts) {
      ByteBuffer hash = ByteBuffer.wrap(Credential.sha256(parts));
      return new Digest(hash.getLong(), hash.getLong());
    }
  }
}
