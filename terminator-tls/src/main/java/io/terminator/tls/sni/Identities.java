package io.terminator.tls.sni;

import io.terminator.tls.certificate.Credential;
import io.terminator.tls.engine.BoringSsl;
import io.terminator.tls.engine.TlsContext;
import io.terminator.tls.engine.TlsContextException;
import io.terminator.tls.engine.TlsSettings;
import io.terminator.tls.ticket.TicketKeyRing;
import java.time.Instant;
import java.util.Collection;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One listener's identities: a table that is swapped whole while workers read it. A handshake under way ends with the context
 * it began with. Reads on any thread; one writer at a time.
 */
public final class Identities {
  private final BoringSsl library;
  private final TicketKeyRing tickets;
  private volatile IdentityTable table = IdentityTable.empty();

  public Identities(BoringSsl library, TicketKeyRing tickets) {
    this.library = library;
    this.tickets = tickets;
  }

  /** What is published now. */
  public IdentityTable table() {
    return table;
  }

  /** Publishes {@code credentials}; contexts of those that did not change live on. */
  public synchronized void publish(
      Collection<Credential> credentials, TlsSettings settings, Instant now) {
    IdentityTable before = table;
    IdentityTable next = IdentityTable.of(credentials, settings, before, now);
    table = next;
    before.retireAllBut(next);
  }

  /** Builds every context now and says what BoringSSL refuses; for few certificates, at start or before a publication. */
  public void prepare() throws TlsContextException {
    for (Identity identity : table.all()) {
      TlsContext context = identity.obtain(library, tickets);
      if (context != null) {
        context.release();
      }
    }
  }

  /** Gives the ring's present keys to every context. */
  public synchronized void rekey() {
    for (Identity identity : table.all()) {
      identity.rekey(tickets);
    }
  }

  /** A context with the name of its certificate; the context is retained for the receiver. */
  public record Chosen(TlsContext context, String certificate) {}

  /** What {@code choice} picks from the table, ready for use; null where it picks nothing. */
  public @Nullable Chosen obtain(Function<IdentityTable, @Nullable Identity> choice)
      throws TlsContextException {
    while (true) {
      Identity identity = choice.apply(table);
      if (identity == null) {
        return null;
      }
      TlsContext context = identity.obtain(library, tickets);
      if (context != null) {
        return new Chosen(context, identity.name());
      }
      // It was replaced between the look and the grasp: the table has another by now.
    }
  }

  /** Gives every context up; connections on them live on. */
  public synchronized void close() {
    IdentityTable before = table;
    table = IdentityTable.empty();
    before.retireAllBut(table);
  }
}
