package io.terminator.tls.certificate.store;

import io.terminator.tls.certificate.credential.CredentialChange;
import java.util.List;

/**
 * Called after a publication, so that objects built from credentials that are no longer served can
 * be dropped.
 */
@FunctionalInterface
public interface CredentialListener {

  /** Never called on a worker and never concurrently. The new snapshot is already published. */
  void onChange(List<CredentialChange> changes);
}
