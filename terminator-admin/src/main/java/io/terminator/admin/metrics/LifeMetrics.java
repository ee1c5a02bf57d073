package io.terminator.admin.metrics;

import io.terminator.admin.lifecycle.Chores;
import io.terminator.admin.lifecycle.LifeCycle;
import io.terminator.admin.lifecycle.State;
import io.terminator.admin.reload.ReloadCounters;
import io.terminator.admin.reload.ReloadOutcome;

/** Metrics of the appliance's own life: state, chores and reloads. Any thread. */
public record LifeMetrics(LifeCycle life, Chores chores, ReloadCounters reloads) {
  void collect(Families families) {
    State now = life.state();
    families.gauge(
        "state",
        "1 for the state that the appliance is in: starting, serving, draining or stopped.",
        family -> {
          for (State state : State.values()) {
            family.value(state == now ? 1 : 0, "state", state.label());
          }
        });
    families.counter(
        "chore_failures",
        "Times a recurring task of the control plane failed; it runs again at its next time.",
        family -> chores.failures().forEach((name, n) -> family.total(n, "chore", name)));
    families.counter(
        "config_reloads",
        "Configuration reloads, by result.",
        family -> {
          for (ReloadOutcome.Result result : ReloadOutcome.Result.values()) {
            family.total(reloads.get(result), "result", result.label());
          }
        });
    families.gauge(
        "config_last_reload_successful",
        "0 if the last reload was rejected, else 1.",
        family -> family.value(reloads.lastWorked() ? 1 : 0));
    families.gauge(
        "config_last_reload_success_timestamp_seconds",
        "Time of the last successful reload, or of the start.",
        family -> family.value(reloads.lastSuccess().getEpochSecond()));
  }
}
