package io.terminator.admin.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonObjectTest {
  private static final ObjectMapper JACKSON = new ObjectMapper();
  private static final Instant TIME = Instant.parse("2026-11-29T11:12:13.000000014Z");

  private static JsonObject parse(String json) throws IOException {
    return JsonObject.parse(json.getBytes(UTF_8));
  }

  @Test
  void isReadAsItWasWritten() throws Exception {
    JsonObject written =
        new JsonObject()
            .put("text", "a: \"quoted\" \\ text\n# - [x] {y} \t&z *z !!str ' %")
            .put("absent", (String) null)
            .put("number", -12)
            .put("time", TIME)
            .put("list", List.of("null", "1", ""))
            .put("none", List.of())
            .put("object", new JsonObject().put("deeper", new JsonObject()));

    JsonObject read = JsonObject.parse(written.bytes());

    assertThat(read.text("text")).isEqualTo(written.text("text"));
    assertThat(read.text("absent")).isNull();
    assertThat(read.number("number")).isEqualTo(-12);
    assertThat(read.requireTime("time")).isEqualTo(TIME);
    assertThat(read.texts("list")).containsExactly("null", "1", "");
    assertThat(read.texts("none")).isEmpty();
    JsonObject object = read.object("object");
    assertThat(object).isNotNull();
    assertThat(object.object("deeper")).isNotNull();
    assertThat(new String(read.bytes(), UTF_8)).isEqualTo(new String(written.bytes(), UTF_8));
  }

  @Test
  void isTheJsonThatJacksonReadsAndWrites() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 300; i++) {
      StringBuilder any = new StringBuilder();
      for (int c = random.nextInt(12); c >= 0; c--) {
        int point = random.nextInt(random.nextBoolean() ? 0x100 : 0x2100);
        any.appendCodePoint(random.nextInt(9) == 0 ? 0x1f600 + random.nextInt(60) : point);
      }
      String text = any.toString();
      JsonNode theirs =
          JACKSON.readTree(
              new JsonObject().put("key", text).put("list", List.of(text)).put("n", i).bytes());
      assertThat(theirs.path("key").asText()).as("seed %d", seed).isEqualTo(text);
      assertThat(theirs.path("list").path(0).asText()).isEqualTo(text);
      assertThat(theirs.path("n").isIntegralNumber()).isTrue();
      for (byte[] written :
          List.of(
              JACKSON.writeValueAsBytes(theirs),
              JACKSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(theirs))) {
        JsonObject ours = JsonObject.parse(written);
        assertThat(ours.text("key")).as("seed %d", seed).isEqualTo(text);
        assertThat(ours.texts("list")).containsExactly(text);
        assertThat(ours.number("n")).isEqualTo(i);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\n",
        "{",
        "{ \"a\": \"b\"",
        "{ \"a\": \"b",
        "{ \"a\": }",
        "{ \"a\": 1.5 }",
        "{ \"a\": 'b' }",
        "{ \"a\": b }",
        "{ a: \"b\" }",
        "{ \"a\": 1, \"a\": 2 }",
        "{ \"a\": 1 } { \"b\": 2 }",
        "{ \"a\": &x [], \"b\": *x }",
        "{ \"a\": [[[[[[[[[1]]]]]]]]] }",
        "\"text\"",
        "[]",
        "a: 1",
        "\"a\":\n  - \"b\"",
        "{ \"a\": \"\u0001\" }",
        "\u0000\u0000\u0000\u0000"
      })
  void whatIsNotAnObjectOfJsonIsRefusedWithoutQuotingIt(String text) {
    assertThatIOException()
        .isThrownBy(() -> parse(text))
        .satisfies(refused -> assertThat(refused.getMessage()).hasSizeLessThan(40));
  }

  @Test
  void bytesThatAreNotUtf8AreRefused() {
    assertThatIOException()
        .isThrownBy(() -> JsonObject.parse(new byte[] {'{', '"', (byte) 0xff, '"', '}'}))
        .withMessage("it is not UTF-8");
  }

  @Test
  void aFieldThatIsRequiredIsNamed() throws Exception {
    JsonObject object = parse("{ \"number\": 1, \"time\": \"noon\" }");

    assertThatIOException()
        .isThrownBy(() -> object.requireText("number"))
        .withMessage("\"number\" is missing in it");
    assertThatIOException()
        .isThrownBy(() -> object.time("time"))
        .withMessage("a time in it cannot be read");
    assertThat(object.time("absent")).isNull();
  }
}
