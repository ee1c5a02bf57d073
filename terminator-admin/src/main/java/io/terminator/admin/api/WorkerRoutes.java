package io.terminator.admin.api;

import static io.terminator.admin.http.ApiOperation.Access.CHANGE;
import static io.terminator.admin.http.ApiOperation.Access.READ;

import io.terminator.admin.http.AdminRequest;
import io.terminator.admin.http.AdminResponse;
import io.terminator.admin.http.AdminRoutes;
import io.terminator.admin.http.Contract;
import io.terminator.admin.http.ProblemDetails;
import io.terminator.admin.lifecycle.State;
import io.terminator.core.connection.WorkerGroup;
import io.terminator.core.observe.ByteCount;
import io.terminator.core.observe.WorkerCount;
import io.terminator.core.throttle.PauseReason;
import io.terminator.core.worker.Worker;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code /v1/workers}. */
final class WorkerRoutes {
  private final Appliance appliance;
  private final WorkerGroup workers;

  WorkerRoutes(Appliance appliance) {
    this.appliance = appliance;
    this.workers = appliance.workers();
  }

  void addTo(AdminRoutes routes) {
    routes
        .add(
            "GET",
            "/v1/workers",
            READ,
            "Load, frames, buffers, loop lag and read pauses of each worker",
            Contract.json("workers", "retiring"),
            request ->
                AdminResponse.json(
                    Map.of(
                        "workers", workers.workers().stream().map(WorkerRoutes::view).toList(),
                        "retiring", workers.retiringWorkers().size())))
        .add(
            "POST",
            "/v1/workers/{n}:restart",
            CHANGE,
            "Replaces the worker; its connections have drain.window to end",
            Contract.json("worker", "generation"),
            this::restart);
  }

  private static Map<String, Object> view(Worker worker) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("worker", worker.index());
    view.put("generation", worker.generation());
    view.put("connectionsActive", worker.counts().get(WorkerCount.CONNECTIONS_ACTIVE));
    view.put("connections", worker.counts().get(WorkerCount.CONNECTIONS_TOTAL));
    view.put("bytesIn", worker.bytes(ByteCount.BYTES_IN));
    view.put("bytesOut", worker.bytes(ByteCount.BYTES_OUT));
    view.put("framesUsed", worker.frames().used());
    view.put("framesHighWatermark", worker.frames().highWatermark());
    view.put("framesBudget", worker.frames().budget());
    view.put("outboundInBytes", worker.counts().get(WorkerCount.OUTBOUND_IN));
    view.put(
        "outboundInHighWatermark", worker.counts().get(WorkerCount.OUTBOUND_IN_HIGH_WATERMARK));
    view.put("outboundOutBytes", worker.counts().get(WorkerCount.OUTBOUND_OUT));
    view.put(
        "outboundOutHighWatermark", worker.counts().get(WorkerCount.OUTBOUND_OUT_HIGH_WATERMARK));
    view.put("loopLagSeconds", worker.counts().get(WorkerCount.LOOP_LAG_NANOS) / 1e9);
    Map<String, Object> pauses = new LinkedHashMap<>();
    for (PauseReason reason : PauseReason.values()) {
      pauses.put(reason.label(), worker.pauses(reason));
    }
    view.put("pauses", pauses);
    return view;
  }

  private AdminResponse restart(AdminRequest request) {
    if (appliance.state() != State.SERVING) {
      throw ProblemDetails.conflict(
          "the appliance is "
              + appliance.state().label()
              + "; expected a restart of a worker while it is serving");
    }
    String n = request.pathValue("n");
    List<Worker> serving = workers.workers();
    int index;
    try {
      index = Integer.parseInt(n);
    } catch (NumberFormatException notANumber) {
      index = -1;
    }
    if (index < 0 || index >= serving.size()) {
      throw ProblemDetails.notFound(
          "path.n: no worker \"" + n + "\"; expected 0 to " + (serving.size() - 1));
    }
    int before = serving.get(index).generation();
    workers.restart(index, appliance.drainWindow());
    int after = workers.workers().get(index).generation();
    return AdminResponse.json(Map.of("worker", index, "generation", after))
        .audited("generation " + before, "generation " + after);
  }
}
