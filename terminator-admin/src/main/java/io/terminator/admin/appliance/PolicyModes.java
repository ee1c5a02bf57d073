package io.terminator.admin.appliance;

import io.terminator.admin.config.ServiceConfig;
import io.terminator.admin.config.TerminatorConfig;
import io.terminator.tls.policy.NamedPolicy;
import io.terminator.tls.policy.NamedPolicy.Mode;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The modes of policies that differ from those in the file: by the API, or because a canary was
 * undone. They survive reloads for as long as the policy stays as it is in the file, but not a
 * restart. Immutable.
 */
record PolicyModes(Map<PolicyModes.Written, PolicyModes.Choice> set) {
  static final PolicyModes NONE = new PolicyModes(Map.of());

  /** A policy as the file has it. */
  record Written(String listener, NamedPolicy policy) {}

  /** {@code why} is a sentence for operators. */
  record Choice(Mode mode, String why) {}

  PolicyModes {
    set = Map.copyOf(set);
  }

  /** Without the modes of policies that {@code file} does not have as they were. */
  PolicyModes retained(TerminatorConfig file) {
    Map<Written, Choice> kept = new HashMap<>();
    for (ServiceConfig service : file.services()) {
      for (NamedPolicy policy : service.policies()) {
        Written written = written(service, policy);
        Choice choice = set.get(written);
        if (choice != null) {
          kept.put(written, choice);
        }
      }
    }
    return new PolicyModes(kept);
  }

  /**
   * Also with {@code choice} for the policies of {@code file} that {@code which} selects by
   * listener and policy; null returns them to the mode in the file.
   */
  PolicyModes with(
      TerminatorConfig file, BiPredicate<String, NamedPolicy> which, @Nullable Choice choice) {
    Map<Written, Choice> next = new HashMap<>(set);
    for (ServiceConfig service : file.services()) {
      for (NamedPolicy policy : service.policies()) {
        if (which.test(service.listener().name(), policy)) {
          next.remove(written(service, policy));
          if (choice != null) {
            next.put(written(service, policy), choice);
          }
        }
      }
    }
    return new PolicyModes(next);
  }

  /** {@code file} with these modes. */
  TerminatorConfig applyTo(TerminatorConfig file) {
    return set.isEmpty()
        ? file
        : file.with(
            file.services().stream()
                .map(
                    service ->
                        service.with(
                            service.policies().stream()
                                .map(policy -> policy.in(modeOf(service, policy)))
                                .toList()))
                .toList());
  }

  /** What differs from the file for {@code policy} of {@code listener}; null if nothing does. */
  @Nullable Choice of(String listener, NamedPolicy policy) {
    return set.get(new Written(listener, policy));
  }

  private Mode modeOf(ServiceConfig service, NamedPolicy policy) {
    Choice choice = set.get(written(service, policy));
    return choice == null ? policy.mode() : choice.mode();
  }

  private static Written written(ServiceConfig service, NamedPolicy policy) {
    return new Written(service.listener().name(), policy);
  }
}
