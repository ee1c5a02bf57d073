package io.terminator.admin.appliance;

import io.terminator.admin.api.PolicyView;
import io.terminator.admin.config.ServiceConfig;
import io.terminator.admin.config.TerminatorConfig;
import io.terminator.core.setting.Cidr;
import io.terminator.core.setting.HostPattern;
import io.terminator.tls.client.ClientCertificatesConfig;
import io.terminator.tls.policy.NamedPolicy;
import io.terminator.tls.policy.NamedPolicy.Mode;
import io.terminator.tls.policy.TlsPolicies;
import io.terminator.tls.report.CanaryReport;
import io.terminator.tls.report.PolicyReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The policies of the configuration as the API shows them. */
final class PolicyViews {
  private PolicyViews() {}

  static List<PolicyView> of(
      TerminatorConfig file,
      PolicyModes modes,
      List<PolicyReport> reports,
      List<CanaryReport> canaries) {
    List<PolicyView> views = new ArrayList<>();
    for (ServiceConfig service : file.services()) {
      String listener = service.listener().name();
      for (NamedPolicy policy : service.policies()) {
        PolicyModes.Choice choice = modes.of(listener, policy);
        Mode mode = choice == null ? policy.mode() : choice.mode();
        NamedPolicy present = policy.in(mode);
        PolicyReport report =
            reports.stream()
                .filter(each -> each.listener().equals(listener) && each.policy().equals(present))
                .findFirst()
                .orElse(null);
        CanaryReport canary =
            canaries.stream()
                .filter(each -> each.listener().equals(listener) && each.policy().equals(present))
                .findFirst()
                .orElse(null);
        views.add(
            new PolicyView(
                policy.name(),
                listener,
                policy.sni().stream().map(HostPattern::toString).toList(),
                words(policy),
                label(mode),
                label(policy.mode()),
                choice == null ? null : choice.why(),
                report == null ? 0 : report.judged(),
                report == null ? 0 : report.failing(),
                view(canary)));
      }
    }
    return views;
  }

  private static PolicyView.@Nullable Canary view(@Nullable CanaryReport canary) {
    if (canary == null) {
      return null;
    }
    CanaryReport.Totals totals = canary.totals();
    return new PolicyView.Canary(
        canary.config().percent(),
        canary.config().sources().stream().map(Cidr::toString).toList(),
        canary.config().maxFailures(),
        canary.config().minHandshakes(),
        view(totals.canary()),
        view(totals.stable()));
  }

  private static PolicyView.Stage view(CanaryReport.Stage stage) {
    return new PolicyView.Stage(stage.handshakes(), stage.failed());
  }

  private static String words(NamedPolicy policy) {
    List<String> alpn = TlsPolicies.terms(policy.tls()).alpn();
    ClientCertificatesConfig clients = policy.tls().clients();
    return TlsPolicies.label(policy.tls())
        + (alpn.isEmpty() ? "" : ", alpn " + alpn)
        + (clients == null || clients.mode() == ClientCertificatesConfig.Mode.OFF
            ? ""
            : ", client certificates")
        + (policy.certificates() == null ? "" : ", own certificates");
  }

  private static String label(Mode mode) {
    return mode.name().toLowerCase(Locale.ROOT);
  }
}
