package io.terminator.admin.acme;

import java.io.Serial;

/** An authority has refused what an operator asked for; the message has its words and a remedy. */
public final class AcmeRefusedException extends Exception {
  @Serial private static final long serialVersionUID = 1L;

  AcmeRefusedException(AcmeFailure failure) {
    super(failure.type() + ": " + failure.detail() + ". To fix it: " + failure.fix(), failure);
  }
}
