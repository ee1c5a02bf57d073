package io.terminator.admin.metrics;

import io.terminator.tls.ticket.TicketConfig;
import io.terminator.tls.ticket.TicketKeyRing;
import java.util.Locale;

/** What resumption and revocation say of themselves at one scrape. Any thread. */
public final class TrustMetrics {
  private final TicketKeyRing tickets;

  public TrustMetrics(TicketKeyRing tickets) {
    this.tickets = tickets;
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
  }
}
