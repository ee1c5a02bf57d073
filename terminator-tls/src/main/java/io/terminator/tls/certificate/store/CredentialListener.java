package io.terminator.tls.certificate.store;

import io.terminator.tls.certificate.credential.CredentialChange;
import java.util.List;

/**
 * Told after a publication, so that what was made of credentials which serve no more can be
 * dropped.
 */
@FunctionalInterface
public interface CredentialListener {

  /** Never called on a worker, and never twice at a time. The new snapshot is published already. */
  void onChange(List<CredentialChange> changes);
}
