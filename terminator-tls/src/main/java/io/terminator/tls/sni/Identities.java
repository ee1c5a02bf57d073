package io.terminator.tls.sni;

import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.credential.CredentialChange;
import io.terminator.tls.certificate.store.CredentialListener;
import io.terminator.tls.certificate.store.CredentialSet;
import io.terminator.tls.certificate.store.CredentialSnapshot;
import io.terminator.tls.certificate.store.CredentialStore;
import io.terminator.tls.engine.BoringSsl;
import io.terminator.tls.engine.TlsContext;
import io.terminator.tls.engine.TlsContextException;
import io.terminator.tls.engine.TlsSettings;
import io.terminator.tls.ocsp.Staples;
import io.terminator.tls.ticket.TicketKeyRing;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The native contexts of one listener: one per set of credentials that a client has asked for. A
 * context is created for the first such client and dropped when a publication replaces its
 * credentials. A handshake in progress keeps the context that it began with. Thread-safe.
 */
public final class Identities {
  /** Up to this number of names, responders are queried before the first client connects. */
  private static final int EAGER = 1000;

  private final BoringSsl library;
  private final TicketKeyRing tickets;
  private final Staples staples;
  private final CredentialStore store;
  private final TlsSettings settings;
  private final RetiredSessions retired;
  private final InstantSource clock;
  private final Map<CredentialSet, Identity> live = new ConcurrentHashMap<>();

  /** The sets to update when a credential changes. */
  private final Map<Credential, Set<CredentialSet>> uses = new IdentityHashMap<>();

  private final CredentialListener changes = this::retire;
  private final Consumer<Credential> stapled = this::renew;

  /** Contexts created before AWS-LC was loaded use BoringSSL for signatures. */
  private final Runnable signs = this::rebuild;

  private boolean isClosed;

  public Identities(
      BoringSsl library,
      TicketKeyRing tickets,
      Staples staples,
      CredentialStore store,
      TlsSettings settings,
      RetiredSessions retired,
      InstantSource clock) {
    this.library = library;
    this.tickets = tickets;
    this.staples = staples;
    this.store = store;
    this.settings = settings;
    this.retired = retired;
    this.clock = clock;
    store.addListener(changes);
    staples.addListener(stapled);
    library.rsaSigning().addListener(signs);
    retired.add(this);
    if (isSmall()) {
      store.credentials().values().forEach(staples::want);
    }
  }

  /** With many certificates, staples are fetched in advance only for those that clients ask for. */
  private boolean isSmall() {
    return store.snapshot().size() <= EAGER;
  }

  /**
   * Returns the context for {@code set}, which was selected from {@code chosenBy}; it is retained,
   * and the caller releases it. Null if a publication came in between, so that another set may
   * apply now.
   */
  public @Nullable TlsContext obtain(CredentialSet set, CredentialSnapshot chosenBy)
      throws TlsContextException {
    Identity identity = live.get(set);
    if (identity == null) {
      identity = add(set);
      if (identity == null) {
        return obtainOnce(set);
      }
      // A publication since the selection would not have retired this identity.
      if (store.snapshot() != chosenBy) {
        remove(set);
        return null;
      }
    }
    return identity.obtain(library, tickets, staples);
  }

  /**
   * For a client that was accepted before the close: it still gets a context, but later clients do
   * not.
   */
  private @Nullable TlsContext obtainOnce(CredentialSet set) throws TlsContextException {
    Identity identity = newIdentity(set);
    TlsContext context = identity.obtain(library, tickets, staples);
    identity.retire();
    return context;
  }

  /** Returns null after the close. */
  private synchronized @Nullable Identity add(CredentialSet set) {
    if (isClosed) {
      return null;
    }
    for (Credential credential : set.credentials()) {
      uses.computeIfAbsent(credential, key -> new HashSet<>(2)).add(set);
    }
    return live.computeIfAbsent(set, this::newIdentity);
  }

  private Identity newIdentity(CredentialSet set) {
    return new Identity(set, settings.of(retired.context(set)));
  }

  private synchronized void remove(CredentialSet set) {
    Identity identity = live.remove(set);
    if (identity == null) {
      return;
    }
    identity.retire();
    for (Credential credential : set.credentials()) {
      Set<CredentialSet> others = uses.get(credential);
      if (others != null && others.remove(set) && others.isEmpty()) {
        uses.remove(credential);
      }
    }
  }

  private synchronized void retire(List<CredentialChange> changes) {
    CredentialSnapshot now = store.snapshot();
    for (CredentialChange change : changes) {
      Credential before = change.before();
      if (before != null) {
        Set.copyOf(uses.getOrDefault(before, Set.of())).forEach(this::remove);
      }
      Credential after = change.after();
      if (after != null) {
        if (isSmall()) {
          staples.want(after);
        }
        // It may now be selected for hosts of another credential that is still there.
        now.rivals(after).stream()
            .flatMap(rival -> Set.copyOf(uses.getOrDefault(rival, Set.of())).stream())
            .filter(set -> !isChosen(set))
            .forEach(this::remove);
      }
    }
  }

  /** Contexts do not change: the next client gets a new one with the new staple. */
  private synchronized void renew(Credential credential) {
    Set.copyOf(uses.getOrDefault(credential, Set.of())).forEach(this::remove);
  }

  private boolean isChosen(CredentialSet set) {
    CredentialSnapshot now = store.snapshot();
    Instant time = clock.instant();
    return set.equals(now.fallback(time))
        || set.credentials().stream()
            .flatMap(credential -> credential.hosts().stream())
            .anyMatch(
                host -> {
                  CredentialSet found = now.find(host, time);
                  return set.equals(found)
                      || found != null && set.equals(now.withFallback(found, time));
                });
  }

  /**
   * Replaces all contexts because settings other than certificates have changed: the next client of
   * each gets a new one.
   */
  public synchronized void rebuild() {
    Set.copyOf(live.keySet()).forEach(this::remove);
  }

  /** As above, for those with a certificate of this {@code name}. */
  synchronized void rebuild(String name) {
    for (CredentialSet set : Set.copyOf(live.keySet())) {
      if (set.credentials().stream().anyMatch(each -> each.name().equals(name))) {
        remove(set);
      }
    }
  }

  /**
   * Sets the ring's current keys in every context, and drops contexts whose certificates are no
   * longer selected at the present time.
   */
  public synchronized void rekey() {
    for (CredentialSet set : Set.copyOf(live.keySet())) {
      if (!isChosen(set)) {
        remove(set);
      }
    }
    live.values().forEach(identity -> identity.rekey(tickets));
  }

  /**
   * Drops all contexts for good. Their connections continue, and clients that were already accepted
   * are still served.
   */
  public synchronized void close() {
    isClosed = true;
    store.removeListener(changes);
    staples.removeListener(stapled);
    library.rsaSigning().removeListener(signs);
    retired.remove(this);
    Set.copyOf(live.keySet()).forEach(this::remove);
  }
}
