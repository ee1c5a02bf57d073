package io.terminator.admin.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigReferenceTest {
  private static final Path DOCS = Path.of("..", "docs");

  @Test
  void keepsTheDocumentsUpToDate() throws IOException {
    String remedy =
        "run io.terminator.admin.config.ConfigReference with the directory docs as its argument";
    assertThat(Files.readString(DOCS.resolve(ConfigReference.PAGE)))
        .as(remedy)
        .isEqualTo(ConfigReference.page());
    assertThat(Files.readString(DOCS.resolve(ConfigReference.SCHEMA)))
        .as(remedy)
        .isEqualTo(ConfigReference.schema());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/required/0=\"listeners\"",
        "/additionalProperties=false",
        "/properties/listeners/items/properties/deadlines/properties/idle/default=\"10m\"",
        "/properties/backends/additionalProperties/properties/servers/minItems=1",
        "/properties/listeners/items/properties/tls/anyOf/0/anyOf/0/enum/0=\"modern\""
      })
  void saysInTheSchemaWhatTheReaderDemands(String expectation) throws IOException {
    int equals = expectation.indexOf('=');
    JsonNode schema = new ObjectMapper().readTree(ConfigReference.schema());
    assertThat(schema.at(expectation.substring(0, equals)))
        .hasToString(expectation.substring(equals + 1));
  }

  @Test
  void describesEveryKeyInASentence() throws IOException {
    new ObjectMapper()
        .readTree(ConfigReference.schema())
        .findValuesAsText("description")
        .forEach(text -> assertThat(text).matches("[A-Z].*\\."));
  }
}
