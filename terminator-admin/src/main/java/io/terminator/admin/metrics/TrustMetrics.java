package io.terminator.admin.metrics;

import io.terminator.tls.ocsp.StapleResult;
import io.terminator.tls.ocsp.Staples;
import io.terminator.tls.ticket.TicketConfig;
import io.terminator.tls.ticket.TicketKeyRing;
import java.util.Locale;

/** What resumption and revocation say of themselves at one scrape. Any thread. */
public final class TrustMetrics {
  private final TicketKeyRing tickets;
  private final Staples staples;

  public TrustMetrics(TicketKeyRing tickets, Staples staples) {
    this.tickets = tickets;
    this.staples = staples;
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
  }
}
