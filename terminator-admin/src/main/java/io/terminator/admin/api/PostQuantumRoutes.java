package io.terminator.admin.api;

import static io.terminator.admin.http.ApiOperation.Access.READ;

import io.terminator.admin.http.AdminResponse;
import io.terminator.admin.http.AdminRoutes;
import io.terminator.admin.http.Contract;
import io.terminator.tls.report.PostQuantum;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code /v1/post-quantum}. */
final class PostQuantumRoutes {
  private final Appliance appliance;

  private record Line(
      String certificate, long handshakes, long offered, long used, Map<String, Long> whyNot) {
    static Line of(String certificate, PostQuantum.Readiness readiness) {
      Map<String, Long> whyNot = new LinkedHashMap<>();
      readiness
          .day()
          .forEach(
              (outcome, count) -> {
                if (outcome != PostQuantum.Outcome.USED) {
                  whyNot.put(outcome.label(), count);
                }
              });
      return new Line(
          certificate,
          readiness.handshakes(),
          readiness.offered(),
          readiness.day().getOrDefault(PostQuantum.Outcome.USED, 0L),
          whyNot);
    }
  }

  PostQuantumRoutes(Appliance appliance) {
    this.appliance = appliance;
  }

  void addTo(AdminRoutes routes) {
    routes.add(
        "GET",
        "/v1/post-quantum",
        READ,
        "Handshakes of the last 24 hours by certificate: how many offer and use X25519MLKEM768, and"
            + " why the others do not",
        Contract.json("group", "certificates"),
        request -> view());
  }

  private AdminResponse view() {
    List<Line> lines =
        appliance.postQuantum().readiness(System.currentTimeMillis()).entrySet().stream()
            .map(entry -> Line.of(entry.getKey(), entry.getValue()))
            .filter(line -> line.handshakes() > 0)
            .sorted(Comparator.comparingLong(Line::handshakes).reversed())
            .toList();
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("group", "X25519MLKEM768");
    body.put("certificates", lines);
    return AdminResponse.json(body);
  }
}
