package io.terminator.admin.json;

import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object of a state document: texts, numbers, lists of texts and objects. Fields keep their
 * order. An absent field, one that is null and one of another type are the same to a reader, as
 * documents of older releases lack fields. For one thread.
 */
public final class JsonObject {
  private final Map<String, @Nullable Object> fields;

  public JsonObject() {
    this(new LinkedHashMap<>());
  }

  JsonObject(Map<String, @Nullable Object> fields) {
    this.fields = fields;
  }

  /** Throws IOException with the reason, without quoting {@code json}, unless it is one object. */
  public static JsonObject parse(byte[] json) throws IOException {
    return JsonText.parse(json);
  }

  /** As UTF-8 in several lines. */
  public byte[] bytes() {
    return JsonText.bytes(this);
  }

  Map<String, @Nullable Object> fields() {
    return fields;
  }

  public JsonObject put(String field, @Nullable String text) {
    fields.put(field, text);
    return this;
  }

  public JsonObject put(String field, @Nullable Instant time) {
    return put(field, time == null ? null : time.toString());
  }

  public JsonObject put(String field, long number) {
    fields.put(field, number);
    return this;
  }

  public JsonObject put(String field, List<String> texts) {
    fields.put(field, List.copyOf(texts));
    return this;
  }

  public JsonObject put(String field, JsonObject object) {
    fields.put(field, object);
    return this;
  }

  public @Nullable String text(String field) {
    return fields.get(field) instanceof String text ? text : null;
  }

  /** Throws IOException if it is not a time in RFC 3339. */
  public @Nullable Instant time(String field) throws IOException {
    String text = text(field);
    return text == null ? null : instant(text);
  }

  /** Throws IOException if it is not there. */
  public String requireText(String field) throws IOException {
    String text = text(field);
    if (text == null) {
      throw new IOException("\"" + field + "\" is missing in it");
    }
    return text;
  }

  /** Throws IOException if it is not there or not a time in RFC 3339. */
  public Instant requireTime(String field) throws IOException {
    return instant(requireText(field));
  }

  private static Instant instant(String text) throws IOException {
    try {
      return Instant.parse(text);
    } catch (DateTimeException notATime) {
      throw new IOException("a time in it cannot be read", notATime);
    }
  }

  /** 0 if it is not there. */
  public int number(String field) {
    return fields.get(field) instanceof Long number
        ? (int) Math.max(Integer.MIN_VALUE, Math.min(number, Integer.MAX_VALUE))
        : 0;
  }

  /** The texts of a list; empty if it is not there. */
  public List<String> texts(String field) {
    List<String> texts = new ArrayList<>();
    if (fields.get(field) instanceof List<?> list) {
      for (Object each : list) {
        if (each instanceof String text) {
          texts.add(text);
        }
      }
    }
    return texts;
  }

  public @Nullable JsonObject object(String field) {
    return fields.get(field) instanceof JsonObject object ? object : null;
  }
}
