package io.terminator.admin.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.terminator.admin.http.AdminRequest;
import io.terminator.admin.http.ProblemDetails;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Every upload body, as JSON, as a form or raw, is either parsed or refused with a problem for the
 * client. The build runs the inputs in the resources; to fuzz: {@code JAZZER_FUZZ=1 mvn -pl
 * terminator-admin -am test -Dtest=UploadFuzzTest#body -Dsurefire.failIfNoSpecifiedTests=false}.
 */
class UploadFuzzTest {
  private static final List<String> TYPES =
      List.of("application/json", "multipart/form-data; boundary=b", "application/x-pem-file");

  /** The first byte selects the content type. */
  @FuzzTest(maxDuration = "60m")
  void body(byte[] input) {
    if (input.length == 0) {
      return;
    }
    HttpHeaders headers = new DefaultHttpHeaders();
    headers.set(HttpHeaderNames.CONTENT_TYPE, TYPES.get((input[0] & 0xFF) % TYPES.size()));
    byte[] body = Arrays.copyOfRange(input, 1, input.length);
    AdminRequest request =
        new AdminRequest("PUT", "/", Map.of(), Map.of(), headers, body, "fuzz", "fuzz");
    try {
      Upload upload = Upload.of(request);
      assertThat(upload.chain()).isNotNull();
      assertThat(upload.key()).isNotNull();
      assertThat(upload.toString()).startsWith("[upload of ");
    } catch (ProblemDetails refused) {
      assertThat(refused.getMessage()).isNotBlank();
      assertThat(refused.getMessage().chars().noneMatch(Character::isISOControl)).isTrue();
    }
  }
}
