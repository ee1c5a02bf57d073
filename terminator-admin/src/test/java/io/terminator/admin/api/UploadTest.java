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

/** The message for each mistake in an upload. */
class UploadTest {
  @Test
  void aKeyThatIsNotKnownIsToldBeforeItsValue() {
    refused("{\"chains\": 7}", "body.chains: unknown key; expected only chain, key, pkcs12");
    refused("{\"chains\": \"x\"}", "body.chains: unknown key");
    refused("{\"chain\": 7}", "body.chain: expected a text");
  }

  @Test
  void aNameThatMayBeAPrivateKeyIsNotRepeated() {
    String pem = "-----BEGIN PRIVATE KEY-----MIGHAgEA";
    refused("{\"" + pem + "\": 1}", "body: a name in it: unknown key");
    refused("{\"MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg\": 1}", "body: a name in it");
    refused("multipart/form-data", pem, "body: multipart/form-data without a boundary");
    refused(
        "multipart/form-data; boundary=b",
        "--b\r\nContent-Disposition: form-data; name=\"" + pem + "\"\r\n\r\nx\r\n--b--\r\n",
        "body: a name in it: unknown key");
  }

  @Test
  void aKeyThatIsThereTwiceIsNotCalledBadJson() {
    refused(
        "{\"chain\": \"x\", \"chain\": \"y\"}",
        "body, line 1, column 23: a key that the object already has; expected each key once");
    refused("{\"chain\" \"x\"}", "not JSON, or too deep");
  }

  @Test
  void aKeyStoreHasToBeBase64AndTheOnlyPart() {
    refused("{\"pkcs12\": \"###\"}", "body.pkcs12: not base64");
    refused("{\"pkcs12\": \"AAAA\", \"key\": \"x\"}", "body.pkcs12: given beside chain or key");
    refused(
        "{\"key\": \"x\"}",
        "body.chain: missing; expected the certificate's chain in PEM, or pkcs12");
  }

  private static void refused(String json, String message) {
    refused("application/json", json, message);
  }

  private static void refused(String type, String body, String message) {
    HttpHeaders headers = new DefaultHttpHeaders();
    headers.set(HttpHeaderNames.CONTENT_TYPE, type);
    AdminRequest request =
        new AdminRequest(
            "PUT",
            "/",
            Map.of(),
            Map.of(),
            headers,
            body.getBytes(StandardCharsets.UTF_8),
            "test",
            "test");
    assertThatThrownBy(() -> Upload.of(request))
        .isInstanceOf(ProblemDetails.class)
        .satisfies(
            refused ->
                assertThat(refused.getMessage()).contains(message).doesNotContain("MIGHAgEA"));
  }
}
