package io.terminator.admin.api;

import static io.terminator.admin.http.Route.Access.CHANGE;
import static io.terminator.admin.http.Route.Access.READ;

import io.terminator.admin.http.AdminRequest;
import io.terminator.admin.http.AdminResponse;
import io.terminator.admin.http.AdminRoutes;
import io.terminator.admin.http.Problem;
import io.terminator.core.chain.Protection;
import io.terminator.core.connection.ConnectionReader;
import io.terminator.core.connection.WorkerGroup;
import io.terminator.core.flow.Progress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** {@code /v1/connections}. */
final class ConnectionRoutes {
  private static final int MOST = 1000;

  private final WorkerGroup workers;

  /** What is read on the worker: plain values, so that it is quick. */
  private record View(
      String connection,
      String listener,
      String client,
      String phase,
      long ageMillis,
      @Nullable String sni,
      @Nullable String alpn,
      String version,
      @Nullable String certificate,
      @Nullable String backend,
      @Nullable String server,
      long bytesIn,
      long bytesOut) {}

  ConnectionRoutes(WorkerGroup workers) {
    this.workers = workers;
  }

  void addTo(AdminRoutes routes) {
    routes
        .add(
            "GET",
            "/v1/connections",
            READ,
            "Live connections, by listener, backend, server, sni, certificate, client or phase",
            this::list)
        .add(
            "DELETE",
            "/v1/connections/{id}",
            CHANGE,
            "Closes one connection, both ways in order",
            this::close);
  }

  private AdminResponse list(AdminRequest request) {
    int limit = limit(request.queryValue("limit"));
    Map<String, Function<View, @Nullable String>> filters = new LinkedHashMap<>();
    filters.put("listener", View::listener);
    filters.put("backend", View::backend);
    filters.put("server", View::server);
    filters.put("sni", View::sni);
    filters.put("certificate", View::certificate);
    filters.put("client", View::client);
    filters.put("phase", View::phase);
    for (String name : request.query().keySet()) {
      if (!filters.containsKey(name) && !name.equals("limit")) {
        throw Problem.badRequest(
            "query." + name + ": expected one of " + filters.keySet() + " or limit");
      }
    }
    ConnectionReader<View> reader = progress -> matching(progress, request, filters);
    List<View> all = workers.read(reader);
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("total", all.size());
    body.put("connections", all.subList(0, Math.min(limit, all.size())));
    return AdminResponse.json(body);
  }

  private static int limit(@Nullable String text) {
    try {
      int limit = text == null ? 100 : Integer.parseInt(text);
      if (limit >= 1 && limit <= MOST) {
        return limit;
      }
    } catch (NumberFormatException notANumber) {
      // Said below.
    }
    throw Problem.badRequest("query.limit: \"" + text + "\"; expected 1 to " + MOST);
  }

  private static @Nullable View matching(
      Progress progress,
      AdminRequest request,
      Map<String, Function<View, @Nullable String>> filters) {
    View view = view(progress);
    for (Map.Entry<String, Function<View, @Nullable String>> filter : filters.entrySet()) {
      String wanted = request.queryValue(filter.getKey());
      if (wanted != null && !wanted.equals(filter.getValue().apply(view))) {
        return null;
      }
    }
    return view;
  }

  private static View view(Progress progress) {
    Protection protection = progress.protection();
    return new View(
        Long.toHexString(progress.id()),
        progress.listener(),
        Addresses.host(progress.clientAddress()),
        progress.phase().label(),
        System.currentTimeMillis() - progress.acceptedMillis(),
        protection.sni(),
        protection.alpn(),
        protection.version(),
        protection.certificate(),
        progress.backendName(),
        progress.serverName(),
        progress.bytesIn(),
        progress.bytesOut());
  }

  private AdminResponse close(AdminRequest request) {
    String id = request.pathValue("id");
    try {
      if (workers.closeConnection(Long.parseUnsignedLong(id, 16))) {
        return AdminResponse.json(Map.of("closed", id)).audited("open", "closed");
      }
    } catch (NumberFormatException notAnId) {
      throw Problem.badRequest(
          "path.id: \"" + id + "\"; expected a connection's id as the log writes it");
    }
    throw Problem.notFound("path.id: no connection \"" + id + "\"; it may have ended already");
  }
}
