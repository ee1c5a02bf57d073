package io.terminator.admin.metrics;

import io.terminator.tls.certificate.credential.ReportedProblem;
import io.terminator.tls.client.ClientTrust;
import io.terminator.tls.client.CrlProblem;
import io.terminator.tls.engine.BoringSsl;
import io.terminator.tls.keylog.KeyLog;
import io.terminator.tls.ocsp.StapleResult;
import io.terminator.tls.ocsp.Staples;
import io.terminator.tls.ticket.TicketConfig;
import io.terminator.tls.ticket.TicketKeyRing;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/** Metrics of session resumption and revocation. Any thread. */
public final class TrustMetrics {
  private final TicketKeyRing tickets;
  private final Staples staples;
  private final BoringSsl library;
  private final Supplier<Map<String, List<ClientTrust>>> trusts;

  /** {@code trusts} is keyed by listener. */
  public TrustMetrics(
      TicketKeyRing tickets,
      Staples staples,
      BoringSsl library,
      Supplier<Map<String, List<ClientTrust>>> trusts) {
    this.tickets = tickets;
    this.staples = staples;
    this.library = library;
    this.trusts = trusts;
  }

  void collect(Families families) {
    families.gauge(
        "tls_ticket_keys",
        "Keys that decrypt session tickets, by origin; 0 if tickets are off.",
        family ->
            family.value(
                tickets.keys().size(), "source", tickets.source().name().toLowerCase(Locale.ROOT)));
    families.gauge(
        "tls_ticket_secret_usable",
        "1 if tickets.secret-file is readable or not configured; at 0 the previous keys"
            + " are in use.",
        family ->
            family.value(
                tickets.source() == TicketConfig.Source.SHARED && !tickets.problem().isEmpty()
                    ? 0
                    : 1));
    families.counter(
        "tls_ocsp_answers",
        "OCSP responses for certificates, by result; failed counts missing responses.",
        family -> {
          for (StapleResult result : StapleResult.values()) {
            family.total(staples.count(result), "result", result.label());
          }
        });
    families.gauge(
        "tls_ocsp_stapled",
        "Certificates served with a stapled OCSP response.",
        family -> family.value(staples.stapled()));
    families.gauge(
        "tls_ocsp_lacking",
        "1 for a must-staple certificate without a stapled response; some clients refuse it.",
        family ->
            staples.lacking().stream()
                .distinct()
                .forEach(name -> family.value(1, "certificate", name)));
    families.gauge(
        "tls_ocsp_revoked",
        "1 for a certificate in service that is revoked, by its issuer's OCSP response.",
        family ->
            staples.problems().stream()
                .map(ReportedProblem::certificate)
                .distinct()
                .forEach(name -> family.value(1, "certificate", name)));
    families.counter(
        "tls_certificate_compressions",
        "Certificate chains that were compressed.",
        family -> family.total(library.chainCompressions()));
    families.counter(
        "tls_rsa_signatures",
        "RSA signatures made by AWS-LC. Signatures by BoringSSL are not counted.",
        family -> family.total(library.rsaSigning().made()));
    families.gauge(
        "tls_rsa_signatures_waiting",
        "Handshakes waiting for one of the signing.threads.",
        family -> family.value(library.rsaSigning().waiting()));
    KeyLog keyLog = library.keyLog();
    families.gauge(
        "tls_key_log_active",
        "1 while TLS secrets are written to key-log.file.",
        family -> family.value(keyLog == null ? 0 : 1));
    if (keyLog != null) {
      families.counter(
          "tls_key_log_lines",
          "Lines of the key log; dropped counts those that the disk could not take in time.",
          family -> {
            family.total(keyLog.written(), "result", "written");
            family.total(keyLog.dropped(), "result", "dropped");
          });
    }
    Map<String, List<ClientTrust>> all = trusts.get();
    families.gauge(
        "tls_revocation_lists",
        "CRL files by state. An expired CRL is still applied; for an unusable file, its"
            + " previous content is. A foreign CRL is signed by no known key of its issuer and"
            + " revokes nothing. A delta CRL without_base lacks the complete CRL. The issuer of an unmatched CRL is not a trusted CA and not an"
            + " intermediate that a client has sent.",
        family ->
            all.forEach(
                (listener, listed) -> {
                  List<ClientTrust.FileState> files =
                      listed.stream().flatMap(trust -> trust.files().stream()).toList();
                  for (CrlProblem.Kind kind : CrlProblem.Kind.values()) {
                    long such = files.stream().filter(file -> file.has(kind)).count();
                    String state = kind.name().toLowerCase(Locale.ROOT);
                    family.value(such, "listener", listener, "state", state);
                  }
                  long unusable = files.stream().filter(file -> !file.problem().isEmpty()).count();
                  family.value(files.size(), "listener", listener, "state", "configured");
                  family.value(unusable, "listener", listener, "state", "unusable");
                }));
  }
}
