package io.terminator.admin.metrics;

import io.terminator.core.accept.AddressLists;
import io.terminator.core.connection.WorkerGroup;
import io.terminator.core.observe.WorkerCount;
import java.util.Map;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Metrics of limits, address lists and overload; refused clients are counted under the close
 * reasons. Any thread.
 */
record ProtectionMetrics(WorkerGroup workers) {

  void collect(Families families) {
    addressLists(families);
    families.gauge(
        "process_connections_limit",
        "Maximum number of open connections of the process (limits.connections); 0 means"
            + " no limit.",
        family -> family.value(workers.capacity().most()));
    families.gauge(
        "process_connections_counted",
        "Connections counted against limits.connections.",
        family -> family.value(workers.capacity().taken()));
    families.gauge(
        "overload_active",
        "1 while a worker is overloaded and full handshakes wait.",
        family ->
            workers
                .workers()
                .forEach(
                    worker ->
                        family.value(
                            worker.overload().isOver() ? 1 : 0,
                            "worker",
                            Integer.toString(worker.index()))));
    families.counter(
        "overloads",
        "Times a worker became overloaded.",
        family -> family.total(workers.totals().count(WorkerCount.OVERLOADS)));
    families.counter(
        "overload_held_handshakes",
        "Full handshakes that waited for an overload to end.",
        family -> family.total(workers.totals().count(WorkerCount.HANDSHAKES_HELD)));
  }

  private void addressLists(Families families) {
    Map<String, AddressLists> lists = workers.addressLists();
    families.gauge(
        "address_list_blocks",
        "Active entries of a listener's allow-file or deny-file.",
        family ->
            lists.forEach(
                (listener, both) -> {
                  listed(family, listener, "allow", both.allow(), one -> one.blocks().blocks());
                  listed(family, listener, "deny", both.deny(), one -> one.blocks().blocks());
                }));
    families.gauge(
        "address_list_usable",
        "0 while the file is invalid and the last good list is used; the log has the reason.",
        family ->
            lists.forEach(
                (listener, both) -> {
                  listed(family, listener, "allow", both.allow(), ProtectionMetrics::usable);
                  listed(family, listener, "deny", both.deny(), ProtectionMetrics::usable);
                }));
  }

  private static int usable(AddressLists.Listed one) {
    return one.problem().isEmpty() ? 1 : 0;
  }

  private static void listed(
      Families family,
      String listener,
      String list,
      AddressLists.@Nullable Listed one,
      ToIntFunction<AddressLists.Listed> value) {
    if (one != null) {
      family.value(value.applyAsInt(one), "listener", listener, "list", list);
    }
  }
}
