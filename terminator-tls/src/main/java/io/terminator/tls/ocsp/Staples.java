package io.terminator.tls.ocsp;

import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.credential.CredentialProblem;
import io.terminator.tls.certificate.credential.ReportedProblem;
import java.lang.ref.WeakReference;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * OCSP responses for the served certificates. They are fetched on a dedicated thread and refreshed
 * after half of their lifetime, so that no handshake waits for a responder. A certificate without a
 * responder is skipped. A certificate that requires a staple and has none is still served, because
 * most clients do not check, but is reported as an error in the log and as a metric. Thread-safe.
 */
public final class Staples implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Staples.class);

  /**
   * The maximum number of concurrent requests: a thousand certificates of one issuer must not
   * overload its responder.
   */
  private static final int AT_ONCE = 8;

  private static final Duration SHORTEST = Duration.ofSeconds(1);
  private static final Duration FIRST_RETRY = Duration.ofSeconds(2);
  private static final Duration LONGEST_RETRY = Duration.ofHours(1);

  private final StapleFiles files;
  private final InstantSource clock;

  /** Only certificates still in service: when a certificate is dropped, so is its entry. */
  private final Map<Credential, Entry> entries = Collections.synchronizedMap(new WeakHashMap<>());

  private final List<Consumer<Credential>> listeners = new CopyOnWriteArrayList<>();
  private final AtomicLongArray results = new AtomicLongArray(StapleResult.values().length);
  private final AtomicInteger underWay = new AtomicInteger();
  private final ScheduledThreadPoolExecutor executor =
      new ScheduledThreadPoolExecutor(
          1,
          task -> {
            Thread thread = new Thread(task, "ocsp");
            thread.setDaemon(true);
            return thread;
          });

  private final OcspHttp http = new OcspHttp(Duration.ofSeconds(10), Duration.ofSeconds(20));

  /** The state of one certificate; only the staple thread changes it. */
  private static final class Entry {
    private final WeakReference<Credential> credential;
    private final String name;
    private volatile @Nullable OcspQuestion question;
    private volatile @Nullable Staple staple;
    private volatile boolean isRequired;
    private volatile @Nullable Instant revokedSince;
    private boolean usesGet;
    private Duration retry = FIRST_RETRY;
    private String problem = "";

    Entry(Credential credential) {
      this.credential = new WeakReference<>(credential);
      this.name = credential.name();
    }
  }

  /** Responses are stored in {@code directory}, which is created with the first one. */
  public Staples(Path directory, InstantSource clock) {
    this.files = new StapleFiles(directory);
    this.clock = clock;
    executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    executor.setRemoveOnCancelPolicy(true);
    executor.execute(() -> files.prune(clock.instant()));
  }

  /** Calls {@code listener} on the staple thread for every certificate whose staple has changed. */
  public void addListener(Consumer<Credential> listener) {
    listeners.add(listener);
  }

  public void removeListener(Consumer<Credential> listener) {
    listeners.remove(listener);
  }

  /** The current response to staple, in DER; null if there is none. Never blocks. */
  public byte @Nullable [] find(Credential credential) {
    Entry entry = entries.get(credential);
    Staple staple = entry == null ? null : entry.staple;
    return staple == null || !staple.expires().isAfter(clock.instant()) ? null : staple.der();
  }

  /**
   * Maintains a staple for {@code credential} from now on, if it can have one. Never blocks; may be
   * repeated.
   */
  public void want(Credential credential) {
    if (executor.isShutdown()) {
      return;
    }
    Entry entry = new Entry(credential);
    if (entries.putIfAbsent(credential, entry) == null) {
      schedule(() -> begin(entry), Duration.ZERO);
    }
  }

  /**
   * Completes when the stored responses for the certificates wanted so far are in use: a client
   * that connects earlier gets no staple. Contacts no responder.
   */
  public CompletableFuture<Void> kept() {
    CompletableFuture<Void> kept = new CompletableFuture<>();
    // There is one thread, and tasks due at the same time run in the order of submission.
    schedule(() -> kept.complete(null), Duration.ZERO);
    return kept;
  }

  /** The certificates in service that are revoked according to their issuers' responses. */
  public List<ReportedProblem> problems() {
    List<ReportedProblem> problems = new ArrayList<>();
    for (Entry entry : all()) {
      Instant since = entry.revokedSince;
      if (since != null) {
        problems.add(
            new ReportedProblem(
                entry.name,
                new CredentialProblem(
                    CredentialProblem.Kind.REVOKED,
                    "OCSP",
                    "the certificate is revoked. Clients that check refuse it. Replace it, with a new"
                        + " key"),
                since,
                false));
      }
    }
    return problems;
  }

  /** The number of responses so far, by result. */
  public long count(StapleResult result) {
    return results.get(result.ordinal());
  }

  /** The number of certificates that have a staple. */
  public long stapled() {
    return all().stream().filter(this::isStapled).count();
  }

  /** The names of certificates that require a staple and have none. */
  public List<String> lacking() {
    return all().stream()
        .filter(entry -> entry.isRequired && !isStapled(entry))
        .map(entry -> entry.name)
        .sorted()
        .toList();
  }

  private boolean isStapled(Entry entry) {
    Staple staple = entry.staple;
    return staple != null && staple.expires().isAfter(clock.instant());
  }

  private List<Entry> all() {
    List<Entry> all = new ArrayList<>();
    // Not values(): the map's lock covers single calls, and forEach is one.
    entries.forEach((credential, entry) -> all.add(entry));
    return all;
  }

  private void schedule(Runnable task, Duration delay) {
    if (!executor.isShutdown()) {
      executor.schedule(() -> guarded(task), delay.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  private static void guarded(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException ours) {
      LOG.error("ocsp: one certificate failed; it is served without a stapled response", ours);
    }
  }

  private void begin(Entry entry) {
    Credential credential = entry.credential.get();
    if (credential == null) {
      return;
    }
    try {
      OcspQuestion question = OcspQuestion.about(credential);
      entry.isRequired = question.isRequired();
      if (question.responder() == null) {
        if (question.isRequired()) {
          LOG.error(
              "certificate={}: requires a stapled OCSP response (must-staple) but names"
                  + " no responder; some clients will reject it. Request a certificate without"
                  + " must-staple",
              credential.name());
        }
        return;
      }
      entry.question = question;
      byte[] kept = files.read(credential.fingerprint());
      if (kept != null) {
        publish(entry, credential, question.judge(kept, clock.instant()));
      }
    } catch (StapleException nothingOfUse) {
      if (entry.question == null) {
        LOG.warn("certificate={}: OCSP: {}", credential.name(), nothingOfUse.getMessage());
        return;
      }
    }
    Staple staple = entry.staple;
    if (staple == null || !staple.refresh().isAfter(clock.instant())) {
      renew(entry);
    } else {
      scheduleRenewal(entry, staple);
    }
  }

  private void scheduleRenewal(Entry entry, Staple staple) {
    Duration wait = Duration.between(clock.instant(), staple.refresh());
    schedule(() -> renew(entry), wait.compareTo(SHORTEST) < 0 ? SHORTEST : wait);
  }

  private void renew(Entry entry) {
    Credential credential = entry.credential.get();
    OcspQuestion question = entry.question;
    URI responder = question == null ? null : question.responder();
    if (credential == null || question == null || responder == null) {
      return;
    }
    Staple before = entry.staple;
    if (before != null && !before.expires().isAfter(clock.instant())) {
      publish(entry, credential, null);
    }
    if (underWay.get() >= AT_ONCE) {
      schedule(() -> renew(entry), SHORTEST);
      return;
    }
    byte[] body;
    try {
      body = question.request();
    } catch (StapleException impossible) {
      refused(entry, credential, impossible);
      return;
    }
    underWay.incrementAndGet();
    CompletableFuture<HttpResponse<byte[]>> asked =
        http.ask(responder, body, entry.usesGet, executor);
    var unused =
        asked.whenCompleteAsync(
            (response, failure) -> {
              underWay.decrementAndGet();
              guarded(() -> settle(entry, response, failure));
            },
            executor);
  }

  private void settle(
      Entry entry, @Nullable HttpResponse<byte[]> response, @Nullable Throwable failure) {
    Credential credential = entry.credential.get();
    OcspQuestion question = entry.question;
    if (credential == null || question == null) {
      return;
    }
    if (response != null && OcspHttp.isPostRefused(response.statusCode()) && !entry.usesGet) {
      entry.usesGet = true;
      renew(entry);
      return;
    }
    try {
      byte[] answer = http.answer(question.responder(), response, failure);
      Staple fresh = question.judge(answer, clock.instant());
      count(entry, credential, StapleResult.GOOD, "");
      files.write(credential.fingerprint(), answer);
      publish(entry, credential, fresh);
      entry.retry = FIRST_RETRY;
      scheduleRenewal(entry, fresh);
    } catch (StapleException useless) {
      refused(entry, credential, useless);
    }
  }

  private void refused(Entry entry, Credential credential, StapleException why) {
    // Whichever method failed, the next attempt begins with the default one.
    entry.usesGet = false;
    count(entry, credential, why.result(), String.valueOf(why.getMessage()));
    retireIfUseless(entry, credential, why.result());
    retryLater(entry);
  }

  /**
   * A good earlier response is used until it expires, unless a newer one states that the
   * certificate is no longer good.
   */
  private void retireIfUseless(Entry entry, Credential credential, StapleResult result) {
    Staple staple = entry.staple;
    boolean isUseless =
        staple != null
            && (result == StapleResult.REVOKED || !staple.expires().isAfter(clock.instant()));
    if (isUseless) {
      publish(entry, credential, null);
    }
  }

  private void retryLater(Entry entry) {
    Duration wait = entry.retry;
    Duration doubled = wait.multipliedBy(2);
    entry.retry = doubled.compareTo(LONGEST_RETRY) > 0 ? LONGEST_RETRY : doubled;
    Staple staple = entry.staple;
    if (staple != null) {
      // Expired responses must not be sent, so check again at the expiry.
      Duration left = Duration.between(clock.instant(), staple.expires());
      wait = left.compareTo(wait) < 0 ? left : wait;
    }
    schedule(() -> renew(entry), wait.compareTo(SHORTEST) < 0 ? SHORTEST : wait);
  }

  private void count(Entry entry, Credential credential, StapleResult result, String problem) {
    results.incrementAndGet(result.ordinal());
    if (result == StapleResult.REVOKED) {
      entry.revokedSince = entry.revokedSince == null ? clock.instant() : entry.revokedSince;
    } else if (result == StapleResult.GOOD) {
      // A failing responder does not withdraw the response.
      entry.revokedSince = null;
    }
    if (problem.equals(entry.problem)) {
      return;
    }
    entry.problem = problem;
    if (problem.isEmpty()) {
      LOG.info("certificate={}: OCSP: stapled again", credential.name());
    } else if (result == StapleResult.REVOKED || entry.isRequired && !isStapled(entry)) {
      LOG.error(
          "certificate={}: OCSP: {}{}",
          credential.name(),
          problem,
          entry.isRequired ? ". The certificate is must-staple; some clients reject it" : "");
    } else {
      LOG.warn(
          "certificate={}: OCSP: {}; served without a new response", credential.name(), problem);
    }
  }

  private void publish(Entry entry, Credential credential, @Nullable Staple staple) {
    entry.staple = staple;
    listeners.forEach(listener -> listener.accept(credential));
  }

  /** Stops fetching. */
  @Override
  public void close() {
    executor.shutdownNow();
  }
}
