package io.terminator.admin.api;

import static io.terminator.admin.http.ApiOperation.Access.READ;

import io.terminator.admin.http.AdminRequest;
import io.terminator.admin.http.AdminResponse;
import io.terminator.admin.http.AdminRoutes;
import io.terminator.admin.http.Contract;
import io.terminator.admin.http.ProblemDetails;
import io.terminator.core.flow.ClientTops;
import io.terminator.core.observe.SpaceSaving;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** {@code /v1/clients/top}. */
final class ClientRoutes {
  private static final int MOST = 100;
  private static final int USUAL = 20;
  private static final List<String> LABELS =
      Stream.of(ClientTops.By.values()).map(ClientTops.By::label).toList();

  private final Appliance appliance;

  /** {@code count} is at most {@code error} too high. */
  private record Line(String value, long count, long error, String first, String last) {
    static Line of(SpaceSaving.Entry<?> entry) {
      return new Line(
          entry.key().toString(),
          entry.count(),
          entry.error(),
          Instant.ofEpochMilli(entry.firstMillis()).toString(),
          Instant.ofEpochMilli(entry.lastMillis()).toString());
    }
  }

  ClientRoutes(Appliance appliance) {
    this.appliance = appliance;
  }

  void addTo(AdminRoutes routes) {
    routes.add(
        "GET",
        "/v1/clients/top",
        READ,
        "The most frequent kinds of clients of each listener since the start, with the error bound"
            + " of each count",
        Contract.json("by", "listeners")
            .choice("by", "One of " + String.join(", ", LABELS) + ". Default: ja4.", LABELS)
            .query("listener", "string", "Only this listener.")
            .query(
                "limit",
                "integer",
                "Maximum number of results per listener, 1 to "
                    + MOST
                    + "; "
                    + USUAL
                    + " without it."),
        this::top);
  }

  private AdminResponse top(AdminRequest request) {
    ClientTops.By by = by(request.queryValue("by"));
    int limit = limit(request.queryValue("limit"));
    String wanted = request.queryValue("listener");
    List<Map<String, Object>> listeners = new ArrayList<>();
    for (String name : appliance.addresses().keySet()) {
      if (wanted == null || wanted.equals(name)) {
        listeners.add(view(name, appliance.clientTops().top(name, by, limit)));
      }
    }
    if (listeners.isEmpty() && wanted != null) {
      throw ProblemDetails.notFound(
          "query.listener: no listener \""
              + wanted
              + "\"; expected one of "
              + appliance.addresses().keySet());
    }
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("by", by.label());
    body.put("listeners", listeners);
    return AdminResponse.json(body);
  }

  private static Map<String, Object> view(String listener, SpaceSaving.Top<Object> top) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("listener", listener);
    view.put("total", top.total());
    view.put("unlisted", top.unlisted());
    view.put("top", top.entries().stream().map(Line::of).toList());
    return view;
  }

  private static ClientTops.By by(@Nullable String label) {
    return label == null ? ClientTops.By.JA4 : ClientTops.By.values()[LABELS.indexOf(label)];
  }

  private static int limit(@Nullable String text) {
    try {
      int limit = text == null ? USUAL : Integer.parseInt(text);
      if (limit >= 1 && limit <= MOST) {
        return limit;
      }
    } catch (NumberFormatException notANumber) {
      // Reported below.
    }
    throw ProblemDetails.badRequest("query.limit: \"" + text + "\"; expected 1 to " + MOST);
  }
}
