package io.terminator.admin.appliance;

import io.terminator.admin.config.ServiceConfig;
import io.terminator.admin.config.TerminatorConfig;
import io.terminator.admin.config.format.Problem;
import io.terminator.admin.http.AdminTls;
import io.terminator.admin.http.AdminTlsConfig;
import io.terminator.admin.http.TokenFile;
import io.terminator.tls.certificate.Certificates;
import io.terminator.tls.certificate.credential.ConfiguredName;
import io.terminator.tls.certificate.credential.CredentialProblem;
import io.terminator.tls.certificate.credential.ReportedProblem;
import io.terminator.tls.certificate.reader.CredentialLoader;
import io.terminator.tls.certificate.reader.WeakKeys;
import io.terminator.tls.certificate.source.CertificatesConfig;
import io.terminator.tls.certificate.store.CredentialStore;
import io.terminator.tls.client.ClientCertificatesConfig;
import io.terminator.tls.client.ClientTrust;
import io.terminator.tls.client.CrlProblem;
import io.terminator.tls.policy.NamedPolicy;
import io.terminator.tls.policy.TlsPolicyConfig;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Checks the certificates of a configuration: whether those of listeners can be served, and those
 * of backends and of the admin API used. Every certificate is read, none is kept. The rule is the
 * one for readiness: a terminating listener needs one usable certificate; problems with others are
 * warnings. {@code usable} counts names, because listeners may share certificates.
 */
public record CertificateCheck(List<Problem> problems, List<Problem> warnings, int usable) {
  /** {@code file} is named in the findings. */
  public static CertificateCheck of(TerminatorConfig config, String file) {
    List<Problem> problems = new ArrayList<>();
    List<Problem> warnings = new ArrayList<>();
    Set<String> usable = new HashSet<>();
    // Listeners may share certificates; their problems are reported once.
    Set<String> said = new HashSet<>();
    for (ServiceConfig service : config.services()) {
      InstantSource clock = InstantSource.system();
      CredentialStore store =
          preview(service.certificates(), service.sni().defaultCertificate(), config, clock);
      usable.addAll(store.credentials().keySet());
      boolean isServed =
          !service.terminates() || !store.credentials().isEmpty() || !service.managed().isEmpty();
      for (ReportedProblem reported : store.problems(clock.instant())) {
        CredentialProblem problem = reported.problem();
        if (isReported(service, problem) || !said.add(problem.toString())) {
          continue;
        }
        boolean isRefused = problem.severity() == CredentialProblem.Severity.REFUSED;
        (isRefused && !isServed ? problems : warnings)
            .add(found(file, service, problem.toString()));
      }
      if (!isServed) {
        problems.add(none(file, service));
      }
      for (Problem warning : ofRevocations(service, file, clock.instant())) {
        if (said.add(warning.finding())) {
          warnings.add(warning);
        }
      }
      for (NamedPolicy policy : service.policies()) {
        CertificatesConfig own = policy.certificates();
        if (own != null) {
          Set<String> names = preview(own, null, config, clock).credentials().keySet();
          usable.addAll(names);
          if (names.isEmpty() && !isManaged(own)) {
            problems.add(none(file, service, policy));
          }
        }
      }
    }
    Backend.examine(config, file, problems, warnings);
    problems.addAll(ofAdmin(config, file));
    warnings.addAll(ofTokens(config, file));
    return new CertificateCheck(List.copyOf(problems), List.copyOf(warnings), usable.size());
  }

  /** CRLs of client certificates that are not fully effective. */
  private static List<Problem> ofRevocations(ServiceConfig service, String file, Instant now) {
    List<Problem> warnings = new ArrayList<>();
    Stream.concat(Stream.of(service.tls()), service.policies().stream().map(policy -> policy.tls()))
        .map(TlsPolicyConfig::clients)
        .filter(Objects::nonNull)
        .filter(clients -> clients.mode() != ClientCertificatesConfig.Mode.OFF)
        .forEach(
            clients -> {
              for (CrlProblem problem : ClientTrust.preview(clients, now)) {
                warnings.add(
                    new Problem(
                        file,
                        0,
                        "listeners[" + service.listener().name() + "].tls.client-certificates.crl",
                        problem.finding(),
                        "",
                        problem.remedy()));
              }
            });
    return warnings;
  }

  private static CredentialStore preview(
      CertificatesConfig certificates,
      @Nullable ConfiguredName defaultName,
      TerminatorConfig config,
      InstantSource clock) {
    return Certificates.preview(
        certificates,
        defaultName,
        new CredentialLoader(clock, WeakKeys.REFUSED),
        clock,
        new Certificates.UploadConfig(
            config.stateDirectory().resolve("certificates"), config.stateSecret()));
  }

  private static boolean isManaged(CertificatesConfig certificates) {
    return certificates.parts().stream().anyMatch(CertificatesConfig.Managed.class::isInstance);
  }

  /** A policy with certificates of its own, of which none can be used. */
  static Problem none(String file, ServiceConfig service, NamedPolicy policy) {
    return new Problem(
        file,
        0,
        "listeners[" + service.listener().name() + "].policies[" + policy.name() + "].certificates",
        "has no usable certificate",
        "at least one",
        "");
  }

  /** Problems with the files of {@code admin.tls}. */
  private static List<Problem> ofAdmin(TerminatorConfig config, String file) {
    AdminTlsConfig tls = config.admin().tls();
    String finding = tls == null ? null : AdminTls.problem(tls);
    return finding == null
        ? List.of()
        : List.of(new Problem(file, 0, "admin.tls", finding, "", ""));
  }

  /**
   * What the admin API cannot use of the configuration that a reload has read. It keeps the files
   * that it has, and would fail only at the next start.
   */
  static List<Problem> adminWarnings(TerminatorConfig config, String file) {
    List<Problem> warnings = new ArrayList<>(ofAdmin(config, file));
    warnings.addAll(ofTokens(config, file));
    return warnings;
  }

  /**
   * Token files without a usable token. Warnings, because a file that is being rewritten must not
   * prevent a start or a reload.
   */
  private static List<Problem> ofTokens(TerminatorConfig config, String file) {
    List<Problem> warnings = new ArrayList<>();
    addToken(warnings, file, "admin.token-file", config.admin().tokenFile());
    addToken(warnings, file, "admin.read-only-token-file", config.admin().readOnlyTokenFile());
    return warnings;
  }

  private static void addToken(
      List<Problem> warnings, String file, String key, @Nullable Path path) {
    String finding = path == null ? null : TokenFile.problem(path);
    if (finding != null) {
      warnings.add(
          new Problem(
              file, 0, key, path + " " + finding, "", "every request with this token is refused"));
    }
  }

  /** A listener that cannot serve any client. */
  static Problem none(String file, ServiceConfig service) {
    return new Problem(
        file,
        0,
        "listeners[" + service.listener().name() + "].certificates",
        "has no usable certificate",
        "at least one with its key",
        "");
  }

  private static Problem found(String file, ServiceConfig service, String finding) {
    return new Problem(
        file, 0, "listeners[" + service.listener().name() + "].certificates", finding, "", "");
  }

  /**
   * Whether the problem was already reported with its line, because the file names the key itself.
   */
  private static boolean isReported(ServiceConfig service, CredentialProblem problem) {
    return problem.kind() == CredentialProblem.Kind.KEY_EXPOSED
        && service.certificates().parts().stream()
            .anyMatch(CertificatesConfig.Pairs.class::isInstance);
  }
}
