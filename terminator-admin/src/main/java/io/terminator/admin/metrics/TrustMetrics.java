package io.terminator.admin.metrics;

import io.terminator.tls.client.ClientTrust;
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

/** What resumption and revocation say of themselves at one scrape. Any thread. */
public final class TrustMetrics {
  private final TicketKeyRing tickets;
  private final Staples staples;
  private final BoringSsl library;
  private final Supplier<Map<String, List<ClientTrust>>> trusts;

  /** {@code trusts} are by listener. */
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
        "Keys that open session tickets, by where they come from; 0 where tickets are off.",
        family ->
            family.value(
                tickets.keys().size(), "source", tickets.source().name().toLowerCase(Locale.ROOT)));
    families.gauge(
        "tls_ticket_secret_usable",
        "1 while tickets.secret-file can be read, or none is configured; at 0 the keys of before are in use.",
        family ->
            family.value(
                tickets.source() == TicketConfig.Source.SHARED && !tickets.problem().isEmpty()
                    ? 0
                    : 1));
    families.counter(
        "tls_ocsp_answers",
        "Answers about the status of our certificates, by result; failed counts those that did not come.",
        family -> {
          for (StapleResult result : StapleResult.values()) {
            family.total(staples.count(result), "result", result.label());
          }
        });
    families.gauge(
        "tls_ocsp_stapled",
        "Certificates that are served with a staple.",
        family -> family.value(staples.stapled()));
    families.gauge(
        "tls_ocsp_lacking",
        "1 for a certificate that demands a staple and has none: clients that insist refuse it.",
        family ->
            staples.lacking().stream()
                .distinct()
                .forEach(name -> family.value(1, "certificate", name)));
    families.counter(
        "tls_certificate_compressions",
        "Certificate chains that were compressed: once for each that is served.",
        family -> family.total(library.chainCompressions()));
    families.counter(
        "tls_rsa_signatures",
        "RSA signatures that AWS-LC made; where it cannot be loaded BoringSSL makes them, uncounted.",
        family -> family.total(library.rsaSigning().made()));
    families.gauge(
        "tls_rsa_signatures_waiting",
        "Handshakes that wait for one of the signing.threads.",
        family -> family.value(library.rsaSigning().waiting()));
    KeyLog keyLog = library.keyLog();
    families.gauge(
        "tls_key_log_active",
        "1 while secrets of chosen connections are written to key-log.file.",
        family -> family.value(keyLog == null ? 0 : 1));
    if (keyLog != null) {
      families.counter(
          "tls_key_log_lines",
          "Lines for the key log; dropped ones were too many for the disk.",
          family -> {
            family.total(keyLog.written(), "result", "written");
            family.total(keyLog.dropped(), "result", "dropped");
          });
    }
    Map<String, List<ClientTrust>> all = trusts.get();
    families.gauge(
        "tls_revocation_lists",
        "Files with revocation lists, by state: an expired one still counts, of an unusable one what it said before.",
        family ->
            all.forEach(
                (listener, listed) -> {
                  List<ClientTrust.FileState> files =
                      listed.stream().flatMap(trust -> trust.files().stream()).toList();
                  long expired = files.stream().filter(ClientTrust.FileState::isExpired).count();
                  long unusable = files.stream().filter(file -> !file.problem().isEmpty()).count();
                  family.value(files.size(), "listener", listener, "state", "configured");
                  family.value(expired, "listener", listener, "state", "expired");
                  family.value(unusable, "listener", listener, "state", "unusable");
                }));
  }
}
