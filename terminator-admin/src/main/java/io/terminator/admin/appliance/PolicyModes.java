package io.terminator.admin.appliance;

import io.terminator.admin.api.PolicyView;
import io.terminator.admin.config.ServiceConfig;
import io.terminator.admin.config.TerminatorConfig;
import io.terminator.core.setting.HostPattern;
import io.terminator.tls.client.ClientCertificatesConfig;
import io.terminator.tls.policy.NamedPolicy;
import io.terminator.tls.policy.NamedPolicy.Mode;
import io.terminator.tls.policy.TlsPolicies;
import io.terminator.tls.report.PolicyReport;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The modes of policies that the API has set. They survive reloads for as long as the policy stays
 * as it is in the file, but not a restart. Immutable.
 */
record PolicyModes(Map<PolicyModes.Written, Mode> set) {
  static final PolicyModes NONE = new PolicyModes(Map.of());

  /** A policy as the file has it. */
  record Written(String listener, NamedPolicy policy) {}

  PolicyModes {
    set = Map.copyOf(set);
  }

  /** Without the modes of policies that {@code file} does not have as they were. */
  PolicyModes retained(TerminatorConfig file) {
    Map<Written, Mode> kept = new HashMap<>();
    for (ServiceConfig service : file.services()) {
      for (NamedPolicy policy : service.policies()) {
        Mode mode = set.get(written(service, policy));
        if (mode != null) {
          kept.put(written(service, policy), mode);
        }
      }
    }
    return new PolicyModes(kept);
  }

  /** Also sets the mode of the policies with {@code name} that {@code file} has in report mode. */
  PolicyModes and(TerminatorConfig file, String name, Mode mode) {
    Map<Written, Mode> more = new HashMap<>(set);
    for (ServiceConfig service : file.services()) {
      for (NamedPolicy policy : service.policies()) {
        if (policy.name().equals(name) && policy.mode() == Mode.REPORT) {
          more.put(written(service, policy), mode);
        }
      }
    }
    return new PolicyModes(more);
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

  /** {@code policy} of {@code listener} as the API shows it; {@code report} is null without one. */
  PolicyView view(String listener, NamedPolicy policy, @Nullable PolicyReport report) {
    Mode mode = set.getOrDefault(new Written(listener, policy), policy.mode());
    TlsPolicies.Terms terms = TlsPolicies.terms(policy.tls());
    ClientCertificatesConfig clients = policy.tls().clients();
    return new PolicyView(
        policy.name(),
        listener,
        policy.sni().stream().map(HostPattern::toString).toList(),
        TlsPolicies.label(policy.tls())
            + (terms.alpn().isEmpty() ? "" : ", alpn " + terms.alpn())
            + (clients == null || clients.mode() == ClientCertificatesConfig.Mode.OFF
                ? ""
                : ", client certificates"),
        label(mode),
        label(policy.mode()),
        report == null ? 0 : report.judged(),
        report == null ? 0 : report.failing());
  }

  private static String label(Mode mode) {
    return mode.name().toLowerCase(Locale.ROOT);
  }

  private Mode modeOf(ServiceConfig service, NamedPolicy policy) {
    return set.getOrDefault(written(service, policy), policy.mode());
  }

  private static Written written(ServiceConfig service, NamedPolicy policy) {
    return new Written(service.listener().name(), policy);
  }
}
