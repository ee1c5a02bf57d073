package io.terminator.admin.http;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** One operation of the API: its method and path, its access rule, and its handler. */
public final class ApiOperation {
  private static final Pattern PLACEHOLDER = Pattern.compile("\\{([a-z]+)\\}");

  /** The access rule of an operation. */
  public enum Access {
    /** Every client, from any origin; answered on the event loop, so its handler must not block. */
    HEALTH,
    /** Every client, except pages of other sites: metrics and the dashboard's files. */
    OPEN,
    READ,
    /** Changes nothing, but is too expensive or too revealing for the read-only role. */
    FULL,
    /** Changes something: requires the full role. */
    CHANGE;

    /** Needs no token, whatever is configured. */
    boolean isOpen() {
      return this == HEALTH || this == OPEN;
    }

    /** Such operations are also audited. */
    boolean needsFullRole() {
      return this == FULL || this == CHANGE;
    }

    /** The label in the OpenAPI document. */
    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Runs on the API's own threads and may block, except for health. */
  public interface Handler {
    AdminResponse handle(AdminRequest request) throws Exception;
  }

  private final String method;
  private final String template;
  private final Access access;
  private final String summary;
  private final Contract contract;
  private final Handler handler;
  private final Pattern pattern;
  private final List<String> names = new ArrayList<>();

  /**
   * {@code template} such as {@code /v1/workers/{n}:restart}; {@code summary} is for the OpenAPI
   * document.
   */
  ApiOperation(
      String method,
      String template,
      Access access,
      String summary,
      Contract contract,
      Handler handler) {
    this.method = method;
    this.template = template;
    this.access = access;
    this.summary = summary;
    this.contract = contract;
    this.handler = handler;
    Matcher matcher = PLACEHOLDER.matcher(template);
    StringBuilder regex = new StringBuilder();
    int end = 0;
    while (matcher.find()) {
      regex.append(Pattern.quote(template.substring(end, matcher.start()))).append("([^/]+?)");
      names.add(matcher.group(1));
      end = matcher.end();
    }
    regex.append(Pattern.quote(template.substring(end)));
    this.pattern = Pattern.compile(regex.toString());
  }

  /**
   * The placeholders' values, still encoded; null if {@code path} does not belong to this
   * operation.
   */
  @Nullable Map<String, String> match(String path) {
    Matcher matcher = pattern.matcher(path);
    if (!matcher.matches()) {
      return null;
    }
    Map<String, String> values = new LinkedHashMap<>();
    for (int i = 0; i < names.size(); i++) {
      values.put(names.get(i), matcher.group(i + 1));
    }
    return values;
  }

  public String method() {
    return method;
  }

  public String template() {
    return template;
  }

  public Access access() {
    return access;
  }

  public String summary() {
    return summary;
  }

  List<String> placeholders() {
    return List.copyOf(names);
  }

  Contract contract() {
    return contract;
  }

  AdminResponse handle(AdminRequest request) throws Exception {
    // Open operations are called by monitors and browsers, which may add parameters.
    if (!access.isOpen()) {
      contract.check(request);
    }
    return handler.handle(request);
  }
}
