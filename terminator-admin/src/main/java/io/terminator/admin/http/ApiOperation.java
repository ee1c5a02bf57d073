package io.terminator.admin.http;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** One operation of the API: what it is called by, who may, what it does. */
public final class ApiOperation {
  private static final Pattern PLACEHOLDER = Pattern.compile("\\{([a-z]+)\\}");

  /** Who may call it. */
  public enum Access {
    /** Anyone who reaches the address, from anywhere; answered on the loop, so its handler must not block. */
    HEALTH,
    /** Anyone who reaches the address, a page of another site excepted: metrics and the dashboard's files. */
    OPEN,
    READ,
    /** Changes nothing and costs or tells too much for the read-only role. */
    FULL,
    /** Changes something: needs the full role. */
    CHANGE;

    /** Without a token, whatever is configured. */
    boolean isOpen() {
      return this == HEALTH || this == OPEN;
    }

    /** Is audited too. */
    boolean needsFullRole() {
      return this == FULL || this == CHANGE;
    }

    /** In the OpenAPI document. */
    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Runs on the API's own threads and may block, health excepted. */
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

  /** {@code template} such as {@code /v1/workers/{n}:restart}; {@code summary} is the OpenAPI document's. */
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

  /** The placeholders' values, still encoded; null where {@code path} is not this operation's. */
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
    // What is open is asked by monitors and browsers, who add what they like.
    if (!access.isOpen()) {
      contract.check(request);
    }
    return handler.handle(request);
  }
}
