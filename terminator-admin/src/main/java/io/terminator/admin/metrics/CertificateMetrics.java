package io.terminator.admin.metrics;

import io.terminator.tls.certificate.Certificates;
import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.credential.CredentialProblem.Severity;
import io.terminator.tls.certificate.credential.ReportedProblem;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/** The certificate metrics at one scrape. Any thread. */
public final class CertificateMetrics {
  /**
   * Bounds the size of a scrape: above this number, the certificates that expire last are left out.
   */
  private static final int MOST_CERTIFICATES = 2000;

  private final Certificates certificates;
  private final Supplier<List<ReportedProblem>> problems;
  private final Supplier<Map<String, Boolean>> terminatingListeners;

  /**
   * {@code problems} are those that the API lists; {@code terminatingListeners} has the listeners
   * that need a certificate, and whether each has a usable one.
   */
  public CertificateMetrics(
      Certificates certificates,
      Supplier<List<ReportedProblem>> problems,
      Supplier<Map<String, Boolean>> terminatingListeners) {
    this.certificates = certificates;
    this.problems = problems;
    this.terminatingListeners = terminatingListeners;
  }

  void collect(Families families) {
    Map<String, Credential> all = certificates.credentials();
    Map<String, Boolean> terminating = terminatingListeners.get();
    families.gauge("certificates", "Certificates in service.", family -> family.value(all.size()));
    families.gauge(
        "terminating_listeners",
        "Listeners that terminate TLS and need a certificate; the others pass all of it through.",
        family -> family.value(terminating.size()));
    families.gauge(
        "listener_certificate_usable",
        "1 if a listener that terminates TLS has a usable certificate; at 0 its handshakes fail.",
        family ->
            terminating.forEach(
                (listener, usable) -> family.value(usable ? 1 : 0, "listener", listener)));
    List<ReportedProblem> found = problems.get();
    families.gauge(
        "certificate_problems",
        "Problems of certificates and keys, by severity. refused: not served, what it would replace"
            + " stays in service; last_resort: served only where there is nothing better; warning:"
            + " served.",
        family -> {
          // Every severity, also at 0: an alert that compares with 0 needs a series.
          for (Severity severity : Severity.values()) {
            family.value(
                found.stream().filter(each -> each.problem().severity() == severity).count(),
                "severity",
                severity.name().toLowerCase(Locale.ROOT));
          }
        });
    List<Map.Entry<String, Credential>> first =
        all.entrySet().stream()
            .sorted(Map.Entry.comparingByValue(Comparator.comparing(Credential::notAfter)))
            .limit(MOST_CERTIFICATES)
            .toList();
    dates(
        families,
        "certificate_not_before_timestamp_seconds",
        "Start of a certificate's validity, for the 2,000 that expire first.",
        first,
        Credential::notBefore);
    dates(
        families,
        "certificate_not_after_timestamp_seconds",
        "Expiry time of a certificate, for the 2,000 that expire first.",
        first,
        Credential::notAfter);
  }

  private static void dates(
      Families families,
      String metric,
      String help,
      List<Map.Entry<String, Credential>> of,
      Function<Credential, Instant> date) {
    families.gauge(
        metric,
        help,
        family ->
            of.forEach(
                each ->
                    family.value(
                        date.apply(each.getValue()).getEpochSecond(),
                        "certificate",
                        each.getKey())));
  }
}
