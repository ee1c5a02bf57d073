package io.terminator.admin.acme;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AcmeFailureTest {
  @Test
  void aSentenceOfTheAuthorityEndsOnceInEveryText() {
    assertThat(new AcmeRefusedException(failure("Account is not found. ")))
        .hasMessage("malformed: Account is not found. To fix it: check the account");
    assertThat(failure("see RFC 8555...").detail()).isEqualTo("see RFC 8555...");
  }

  private static AcmeFailure failure(String detail) {
    return new AcmeFailure("malformed", detail, "check the account", null, false, null);
  }
}
