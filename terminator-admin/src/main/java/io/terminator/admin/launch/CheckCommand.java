package io.terminator.admin.launch;

import io.terminator.admin.config.ConfigFile;
import io.terminator.admin.config.ServiceConfig;
import io.terminator.admin.config.TerminatorConfig;
import io.terminator.tls.certificate.Certificates;
import io.terminator.tls.certificate.CertificatesConfig;
import io.terminator.tls.certificate.CredentialLoader;
import io.terminator.tls.certificate.CredentialProblem;
import io.terminator.tls.certificate.CredentialStore;
import io.terminator.tls.certificate.ReportedProblem;
import io.terminator.tls.certificate.WeakKeys;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Reads everything that a start would read, the certificates too, and starts nothing. */
@Command(
    name = "check",
    description = "Prints every problem of a configuration and its certificates; exit code 0 or 2.",
    mixinStandardHelpOptions = true)
final class CheckCommand implements Callable<Integer> {
  @Mixin private ConfigOption config = new ConfigOption();

  private int problems;
  private int warnings;
  private int certificates;

  @Override
  public Integer call() {
    ConfigFile.Loaded loaded = config.load();
    if (loaded == null) {
      return ExitCode.CONFIG_PROBLEMS;
    }
    warnings = loaded.warnings().size();
    for (ServiceConfig service : loaded.config().services()) {
      checkCertificates(service);
    }
    if (problems > 0) {
      config.err().println(counted(problems, "problem") + ".");
      return ExitCode.CONFIG_PROBLEMS;
    }
    TerminatorConfig read = loaded.config();
    config
        .out()
        .println(
            String.join(
                    ", ",
                    "OK: " + counted(read.services().size(), "listener"),
                    counted(read.backends().size(), "backend"),
                    counted(certificates, "certificate"),
                    counted(warnings, "warning"))
                + ".");
    return ExitCode.OK;
  }

  private void checkCertificates(ServiceConfig service) {
    InstantSource clock = InstantSource.system();
    CredentialStore store =
        Certificates.preview(
            service.certificates(), new CredentialLoader(clock, WeakKeys.REFUSED), clock);
    int usable = store.credentials().size();
    certificates += usable;
    String where = config.file() + " listener " + service.listener().name() + ": ";
    for (ReportedProblem reported : store.problems()) {
      CredentialProblem problem = reported.problem();
      if (isReported(service, problem)) {
        continue;
      }
      if (problem.severity() != CredentialProblem.Severity.REFUSED) {
        warnings++;
        config.err().println("warning: " + where + problem);
      } else {
        problems++;
        config.err().println(where + problem);
      }
    }
    if (usable == 0) {
      problems++;
      config.err().println(where + "has no usable certificate; expected at least one with its key");
    }
  }

  /** With its line, where the file names the key itself. */
  private static boolean isReported(ServiceConfig service, CredentialProblem problem) {
    return problem.kind() == CredentialProblem.Kind.KEY_EXPOSED
        && service.certificates() instanceof CertificatesConfig.Pairs;
  }

  private static String counted(int count, String noun) {
    return count + " " + noun + (count == 1 ? "" : "s");
  }
}
