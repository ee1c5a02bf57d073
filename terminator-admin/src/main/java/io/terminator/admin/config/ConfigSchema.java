package io.terminator.admin.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.terminator.admin.config.format.Form;
import io.terminator.admin.config.format.Key;
import io.terminator.admin.config.format.Shape;

/**
 * Writes a shape as JSON Schema, for editors. The schema is slightly more lenient than the reader:
 * it has no cross-checks and does not look at files.
 */
final class ConfigSchema {
  private static final String VARIABLE = "\\$\\{";

  private ConfigSchema() {}

  static String of(Shape<?> shape) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("$schema", "https://json-schema.org/draft/2020-12/schema");
    root.put("title", "Configuration of Terminator");
    root.setAll(keys(shape));
    DefaultIndenter indenter = new DefaultIndenter("  ", "\n");
    DefaultPrettyPrinter printer =
        new DefaultPrettyPrinter().withObjectIndenter(indenter).withArrayIndenter(indenter);
    try {
      return new ObjectMapper().writer(printer).writeValueAsString(root) + "\n";
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static ObjectNode keys(Shape<?> shape) {
    ObjectNode schema = type("object");
    ObjectNode properties = schema.putObject("properties");
    ArrayNode required = JsonNodeFactory.instance.arrayNode();
    for (Key<?> key : shape.keys()) {
      ObjectNode property = form(key.kind().form());
      property.put("description", key.description());
      if (key.isRequired()) {
        required.add(key.name());
      } else if (!key.withoutIt().isEmpty() && key.withoutIt().indexOf(' ') < 0) {
        // Text even for numbers: it is what an operator would write, and editors only display it.
        property.put("default", key.withoutIt());
      }
      properties.set(key.name(), property);
    }
    if (!required.isEmpty()) {
      schema.set("required", required);
    }
    return schema.put("additionalProperties", false);
  }

  private static ObjectNode form(Form form) {
    if (form instanceof Form.Keys keys) {
      return keys(keys.shape());
    }
    if (form instanceof Form.Items items) {
      ObjectNode schema = type("array").put("minItems", items.least());
      schema.set("items", form(items.of()));
      return schema;
    }
    if (form instanceof Form.Table table) {
      ObjectNode schema = type("object");
      if (table.least() > 0) {
        schema.put("minProperties", table.least());
      }
      schema.set("additionalProperties", form(table.of()));
      return schema;
    }
    if (form instanceof Form.Either either) {
      return anyOf(either.forms().stream().map(ConfigSchema::form).toArray(ObjectNode[]::new));
    }
    if (form instanceof Form.Choice choice) {
      ObjectNode schema = JsonNodeFactory.instance.objectNode();
      ArrayNode labels = schema.putArray("enum");
      // An unquoted 1.2 is a number to a schema, and text to the reader.
      for (String label : choice.labels()) {
        labels.add(label);
        if (label.matches("\\d+\\.\\d+")) {
          labels.add(Double.parseDouble(label));
        }
      }
      return anyOf(schema, variable());
    }
    if (form instanceof Form.Whole whole) {
      return anyOf(
          type("integer").put("minimum", whole.least()).put("maximum", whole.most()), variable());
    }
    if (form instanceof Form.Flag) {
      return anyOf(type("boolean"), variable());
    }
    Form.Text text = (Form.Text) form;
    ObjectNode schema = JsonNodeFactory.instance.objectNode();
    schema.putArray("type").add("string").add("integer");
    if (text.pattern() != null) {
      schema.put("pattern", text.pattern());
    }
    return schema;
  }

  private static ObjectNode variable() {
    return type("string").put("pattern", VARIABLE);
  }

  private static ObjectNode type(String name) {
    return JsonNodeFactory.instance.objectNode().put("type", name);
  }

  private static ObjectNode anyOf(ObjectNode... options) {
    ObjectNode schema = JsonNodeFactory.instance.objectNode();
    ArrayNode list = schema.putArray("anyOf");
    for (ObjectNode option : options) {
      list.add(option);
    }
    return schema;
  }
}
