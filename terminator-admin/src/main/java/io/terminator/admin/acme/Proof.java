package io.terminator.admin.acme;

import io.terminator.tls.certificate.upload.StateException;

/** The answer to one challenge. One thread. */
interface Proof {
  /** Begins to answer. */
  void show() throws AcmeFailure, StateException, InterruptedException;

  /** Returns when the authority can see the answer, wherever it asks. */
  void awaitVisible() throws AcmeFailure, InterruptedException;

  /** Answers no longer. */
  void remove() throws AcmeFailure, StateException, InterruptedException;
}
