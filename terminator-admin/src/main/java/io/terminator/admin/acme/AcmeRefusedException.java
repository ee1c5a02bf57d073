package io.terminator.admin.acme;

import java.io.Serial;

/**
 * What an operator asked for is refused, here or by an authority; the message has its words and a
 * remedy.
 */
public final class AcmeRefusedException extends Exception {
  @Serial private static final long serialVersionUID = 1L;

  AcmeRefusedException(String why) {
    super(why);
  }

  AcmeRefusedException(AcmeFailure failure) {
    super(failure.type() + ": " + failure.detail() + ". To fix it: " + failure.fix(), failure);
  }
}
