package io.terminator.admin.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The contract of a route besides its path: the OpenAPI document states it, and every request is
 * checked against it before the route runs. {@code takes} maps content types of the body to their
 * schemas, empty if the body is not used; {@code gives} is the content type of the response; {@code
 * fields} are the members of its JSON object.
 */
public record Contract(
    List<Parameter> parameters,
    Map<String, Map<String, ?>> takes,
    int status,
    String gives,
    List<String> fields) {

  /**
   * A parameter in {@code place}, which is {@code query} or {@code header}; {@code type} is a JSON
   * Schema type. {@code values} are all that are allowed, empty for any.
   */
  public record Parameter(
      String place, String name, String type, String meaning, List<String> values) {
    public Parameter {
      values = List.copyOf(values);
    }
  }

  /** Accepts no parameters or body, and does not describe its response. */
  public static final Contract OPEN = new Contract(List.of(), Map.of(), 200, "", List.of());

  private static final Map<String, ?> BYTES = Map.of("type", "string", "format", "binary");

  public Contract {
    parameters = List.copyOf(parameters);
    fields = List.copyOf(fields);
  }

  /** Returns a JSON object with these members. */
  public static Contract json(String... fields) {
    return new Contract(List.of(), Map.of(), 200, "application/json", List.of(fields));
  }

  /** Returns plain text. */
  public static Contract text() {
    return new Contract(List.of(), Map.of(), 200, "text/plain", List.of());
  }

  /** Returns bytes of the type {@code gives}. */
  public static Contract bytes(String gives) {
    return new Contract(List.of(), Map.of(), 200, gives, List.of());
  }

  public Contract query(String name, String type, String meaning) {
    return with(new Parameter("query", name, type, meaning, List.of()));
  }

  /** A parameter with one of {@code values}; a request with another one is refused. */
  public Contract choice(String name, String meaning, List<String> values) {
    return with(new Parameter("query", name, "string", meaning, values));
  }

  public Contract header(String name, String meaning) {
    return with(new Parameter("header", name, "string", meaning, List.of()));
  }

  private Contract with(Parameter parameter) {
    List<Parameter> more = new ArrayList<>(parameters);
    more.add(parameter);
    return new Contract(more, takes, status, gives, fields);
  }

  /** Also accepts a body of these types, as text or bytes. */
  public Contract takingText(String... types) {
    Map<String, Map<String, ?>> more = new LinkedHashMap<>(takes);
    for (String type : types) {
      more.put(type, BYTES);
    }
    return new Contract(parameters, more, status, gives, fields);
  }

  public Contract taking(String type, Map<String, ?> schema) {
    Map<String, Map<String, ?>> more = new LinkedHashMap<>(takes);
    more.put(type, schema);
    return new Contract(parameters, more, status, gives, fields);
  }

  public Contract answering(int code) {
    return new Contract(parameters, takes, code, gives, fields);
  }

  Set<String> queryNames() {
    Set<String> names = new java.util.TreeSet<>();
    for (Parameter parameter : parameters) {
      if (parameter.place().equals("query")) {
        names.add(parameter.name());
      }
    }
    return names;
  }

  /** Throws a problem if {@code request} contains anything that the contract does not allow. */
  void check(AdminRequest request) {
    Set<String> known = queryNames();
    for (String name : request.query().keySet()) {
      if (!known.contains(name)) {
        throw ProblemDetails.badRequest(
            "query."
                + AuditLog.printable(name)
                + ": is not known here; expected "
                + (known.isEmpty() ? "no query" : "only " + String.join(", ", known)));
      }
    }
    for (Parameter parameter : parameters) {
      if (parameter.place().equals("query")) {
        checkValues(parameter, request.query().getOrDefault(parameter.name(), List.of()));
      }
    }
    String type = request.headers().get(HttpHeaderNames.CONTENT_TYPE);
    if (request.body().length == 0 || takes.isEmpty()) {
      return;
    }
    if (type == null && request.method().equals("POST")) {
      // A web page can send a body without a type to any site.
      throw ProblemDetails.unsupportedMediaType(
          "Content-Type: missing; expected one of " + String.join(", ", takes.keySet()));
    }
    if (type != null) {
      int parameters = type.indexOf(';');
      String bare = (parameters < 0 ? type : type.substring(0, parameters)).strip();
      if (!takes.containsKey(bare.toLowerCase(Locale.ROOT))) {
        throw ProblemDetails.unsupportedMediaType(
            "Content-Type: \""
                + AuditLog.printable(bare)
                + "\"; expected one of "
                + String.join(", ", takes.keySet()));
      }
    }
  }

  private static void checkValues(Parameter parameter, List<String> given) {
    if (given.size() > 1) {
      throw ProblemDetails.badRequest(
          "query." + parameter.name() + ": given " + given.size() + " times; expected once");
    }
    for (String value : given) {
      if (!parameter.values().isEmpty() && !parameter.values().contains(value)) {
        throw ProblemDetails.badRequest(
            "query."
                + parameter.name()
                + ": \""
                + value
                + "\"; expected one of "
                + String.join(", ", parameter.values()));
      }
    }
  }

  /** Adds the contract in the form of OpenAPI 3.1, without the path's own parameters. */
  void describe(Map<String, Object> operation, List<Map<String, Object>> ofPath) {
    List<Map<String, Object>> all = new ArrayList<>(ofPath);
    for (Parameter parameter : parameters) {
      all.add(
          Map.of(
              "name",
              parameter.name(),
              "in",
              parameter.place(),
              "required",
              false,
              "description",
              parameter.meaning(),
              "schema",
              parameter.values().isEmpty()
                  ? Map.of("type", parameter.type())
                  : Map.of("type", parameter.type(), "enum", parameter.values())));
    }
    if (!all.isEmpty()) {
      operation.put("parameters", all);
    }
    if (!takes.isEmpty()) {
      Map<String, Object> content = new LinkedHashMap<>();
      takes.forEach((type, schema) -> content.put(type, Map.of("schema", schema)));
      operation.put("requestBody", Map.of("required", false, "content", content));
    }
    Map<String, Object> done = new LinkedHashMap<>();
    done.put("description", status == 202 ? "begun" : "done");
    if (!gives.isEmpty()) {
      done.put("content", Map.of(gives, Map.of("schema", schema())));
    }
    Map<String, Object> responses = new LinkedHashMap<>();
    responses.put(Integer.toString(status), done);
    responses.put("default", Map.of("$ref", "#/components/responses/problem"));
    operation.put("responses", responses);
  }

  private Map<String, ?> schema() {
    if (!gives.equals("application/json")) {
      return Map.of("type", "string");
    }
    Map<String, Object> properties = new LinkedHashMap<>();
    fields.forEach(field -> properties.put(field, Map.of()));
    return Map.of("type", "object", "properties", properties);
  }
}
