package io.terminator.admin.api;

import static io.terminator.admin.http.ApiOperation.Access.CHANGE;
import static io.terminator.admin.http.ApiOperation.Access.READ;

import io.terminator.admin.http.AdminRequest;
import io.terminator.admin.http.AdminResponse;
import io.terminator.admin.http.AdminRoutes;
import io.terminator.admin.http.Contract;
import io.terminator.admin.http.ProblemDetails;
import io.terminator.core.chain.Basis;
import io.terminator.core.chain.ClientIdentity;
import io.terminator.core.chain.Protection;
import io.terminator.core.connection.ConnectionReader;
import io.terminator.core.connection.WorkerGroup;
import io.terminator.core.flow.Connection;
import io.terminator.core.phase.Phase;
import io.terminator.core.route.BackendPool;
import io.terminator.core.setting.AddressText;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** {@code /v1/connections}. */
final class ConnectionRoutes {
  private static final int MOST = 1000;
  private static final int MOST_REQUESTS = 100;

  private static final Map<String, Property> FILTERS = filters();

  private final Appliance appliance;
  private final WorkerGroup workers;

  /** A property by which connections can be filtered. */
  private interface Property {
    @Nullable String of(Connection connection);
  }

  /** A requested value of a property. */
  private record Filter(Property value, String text) {}

  /** Values copied on the worker thread. Plain values, so that the copy is cheap. */
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
      @Nullable String fingerprint,
      @Nullable String policy,
      @Nullable String ticketKey,
      @Nullable String clientCa,
      @Nullable String backend,
      @Nullable String server,
      long bytesIn,
      long bytesOut,
      List<RequestView> requests) {}

  /** A request in flight. */
  private record RequestView(
      String route,
      String backend,
      @Nullable String server,
      int retries,
      long ageMillis,
      long bytesIn,
      long bytesOut) {}

  private static Map<String, Property> filters() {
    Map<String, Property> filters = new LinkedHashMap<>();
    filters.put("listener", Connection::listener);
    filters.put("backend", connection -> connection.servedBy().backend());
    filters.put("server", connection -> connection.servedBy().server());
    filters.put("sni", connection -> connection.protection().sni());
    filters.put("certificate", connection -> connection.protection().certificate());
    filters.put("fingerprint", connection -> of(connection, Basis::fingerprint));
    filters.put("policy", connection -> of(connection, Basis::policy));
    filters.put("ticket-key", connection -> of(connection, Basis::ticketKey));
    filters.put("client-ca", ConnectionRoutes::clientCa);
    filters.put("client", connection -> AddressText.host(connection.clientAddress()));
    filters.put("phase", connection -> connection.phase().label());
    return Collections.unmodifiableMap(filters);
  }

  private static @Nullable String of(
      Connection connection, Function<Basis, @Nullable String> property) {
    Basis basis = connection.protection().basis();
    return basis == null ? null : property.apply(basis);
  }

  private static @Nullable String clientCa(Connection connection) {
    ClientIdentity client = connection.protection().client();
    return client == null ? null : client.issuer();
  }

  ConnectionRoutes(Appliance appliance) {
    this.appliance = appliance;
    this.workers = appliance.workers();
  }

  void addTo(AdminRoutes routes) {
    routes
        .add(
            "GET",
            "/v1/connections",
            READ,
            "Open connections with their requests in flight; filter by listener, backend, server,"
                + " sni, certificate, fingerprint, policy, ticket-key, client-ca, client, phase or"
                + " before",
            listing(),
            this::list)
        .add(
            "DELETE",
            "/v1/connections/{id}",
            CHANGE,
            "Closes one connection cleanly in both directions",
            Contract.json("closed"),
            this::close);
  }

  private static Contract listing() {
    Contract contract =
        Contract.json("total", "connections")
            .query(
                "limit",
                "integer",
                "Maximum number of results, 1 to " + MOST + "; 100 without it.");
    contract =
        contract.query(
            "before",
            "string",
            "Only connections accepted before this time, such as 2026-01-31T12:00:00Z.");
    for (String name : FILTERS.keySet()) {
      String meaning = "Only connections with this " + name + ".";
      contract =
          name.equals("phase")
              ? contract.choice(name, meaning, Stream.of(Phase.values()).map(Phase::label).toList())
              : contract.query(name, "string", meaning);
    }
    return contract;
  }

  private AdminResponse list(AdminRequest request) {
    int limit = limit(request.queryValue("limit"));
    List<Filter> wanted = new ArrayList<>();
    FILTERS.forEach(
        (name, value) -> {
          String text =
              name.equals("client") ? request.queryAddress(name) : request.queryValue(name);
          if (text != null) {
            wanted.add(new Filter(value, text));
          }
        });
    Instant before = RetirementRoutes.before(request.queryValue("before"));
    long latest = before == null ? Long.MAX_VALUE : before.toEpochMilli();
    AtomicInteger total = new AtomicInteger();
    ConnectionReader<View> reader =
        connection -> {
          if (connection.acceptedMillis() >= latest) {
            return null;
          }
          for (Filter filter : wanted) {
            if (!filter.text().equals(filter.value().of(connection))) {
              return null;
            }
          }
          // Connections beyond the limit are counted, but no view of them is built.
          return total.incrementAndGet() <= limit ? view(connection) : null;
        };
    List<View> views = workers.read(reader);
    if (total.get() == 0) {
      // Connections may still have a name that a reload removed.
      requireKnown(request, "listener", appliance.addresses().keySet());
      requireKnown(
          request,
          "backend",
          appliance.pools().stream().map(BackendPool::name).distinct().toList());
    }
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("total", total.get());
    body.put("connections", views);
    return AdminResponse.json(body);
  }

  private static void requireKnown(AdminRequest request, String what, Collection<String> known) {
    String wanted = request.queryValue(what);
    if (wanted != null && !known.contains(wanted)) {
      throw ProblemDetails.notFound(
          "query." + what + ": no " + what + " \"" + wanted + "\"; expected one of " + known);
    }
  }

  private static int limit(@Nullable String text) {
    try {
      int limit = text == null ? 100 : Integer.parseInt(text);
      if (limit >= 1 && limit <= MOST) {
        return limit;
      }
    } catch (NumberFormatException notANumber) {
      // Reported below.
    }
    throw ProblemDetails.badRequest("query.limit: \"" + text + "\"; expected 1 to " + MOST);
  }

  private static View view(Connection connection) {
    Protection protection = connection.protection();
    return new View(
        Long.toHexString(connection.id()),
        connection.listener(),
        AddressText.host(connection.clientAddress()),
        connection.phase().label(),
        System.currentTimeMillis() - connection.acceptedMillis(),
        protection.sni(),
        protection.alpn(),
        protection.version(),
        protection.certificate(),
        of(connection, Basis::fingerprint),
        of(connection, Basis::policy),
        of(connection, Basis::ticketKey),
        clientCa(connection),
        connection.servedBy().backend(),
        connection.servedBy().server(),
        connection.bytesIn(),
        connection.bytesOut(),
        requests(connection));
  }

  /** Empty without HTTP; in HTTP/1.1 at most one. */
  private static List<RequestView> requests(Connection connection) {
    List<RequestView> requests = new ArrayList<>();
    connection.forEachLeg(
        leg -> {
          if (!leg.route().isEmpty() && requests.size() < MOST_REQUESTS) {
            requests.add(
                new RequestView(
                    leg.route(),
                    leg.backend(),
                    leg.server(),
                    leg.retries(),
                    TimeUnit.NANOSECONDS.toMillis(leg.ageNanos()),
                    leg.bytesIn(),
                    leg.bytesOut()));
          }
        });
    return requests;
  }

  private AdminResponse close(AdminRequest request) {
    String id = request.pathValue("id");
    try {
      if (workers.closeConnection(Long.parseUnsignedLong(id, 16))) {
        return AdminResponse.json(Map.of("closed", id)).audited("open", "closed");
      }
    } catch (NumberFormatException notAnId) {
      throw ProblemDetails.badRequest(
          "path.id: \"" + id + "\"; expected a connection's id as the log writes it");
    }
    throw ProblemDetails.notFound(
        "path.id: no connection \"" + id + "\"; it may have ended already");
  }
}
