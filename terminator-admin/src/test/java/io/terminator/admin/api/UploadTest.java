package io.terminator.admin.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.terminator.admin.http.AdminRequest;
import io.terminator.admin.http.ProblemDetails;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The message for each mistake in an upload's JSON. */
class UploadTest {
  @Test
  void aKeyThatIsNotKnownIsToldBeforeItsValue() {
    refused("{\"chains\": 7}", "body.chains: unknown key; expected only chain, key, pkcs12");
    refused("{\"chains\": \"x\"}", "body.chains: unknown key");
    refused("{\"chain\": 7}", "body.chain: expected a text");
  }

  @Test
  void aKeyThatIsThereTwiceIsNotCalledBadJson() {
    refused(
        "{\"chain\": \"x\", \"chain\": \"y\"}",
        "body, line 1, column 23: a key that the object already has; expected each key once");
    refused("{\"chain\" \"x\"}", "not JSON, or too deep");
  }

  private static void refused(String json, String message) {
    HttpHeaders headers = new DefaultHttpHeaders();
    headers.set(HttpHeaderNames.CONTENT_TYPE, "application/json");
    AdminRequest request =
        new AdminRequest(
            "PUT",
            "/",
            Map.of(),
            Map.of(),
            headers,
            json.getBytes(StandardCharsets.UTF_8),
            "test",
            "test");
    assertThatThrownBy(() -> Upload.of(request))
        .isInstanceOf(ProblemDetails.class)
        .satisfies(refused -> assertThat(refused.getMessage()).contains(message));
  }
}
