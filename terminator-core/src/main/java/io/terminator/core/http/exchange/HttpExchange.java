package io.terminator.core.http.exchange;

import io.terminator.core.connect.OutlierConfig;
import io.terminator.core.flow.Connection;
import io.terminator.core.flow.Leg;
import io.terminator.core.frame.FrameQueue;
import io.terminator.core.frame.Scratch;
import io.terminator.core.http.field.RequestId;
import io.terminator.core.http.message.FieldName;
import io.terminator.core.http.message.Framing;
import io.terminator.core.http.message.Head;
import io.terminator.core.http.message.HeadKind;
import io.terminator.core.http.message.Heads;
import io.terminator.core.http.message.Method;
import io.terminator.core.http.message.Refusal;
import io.terminator.core.http.route.HttpRoute;
import io.terminator.core.http.route.HttpRoutes;
import io.terminator.core.observe.CounterSet;
import io.terminator.core.observe.Recorder;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.phase.Failed;
import io.terminator.core.route.BackendPool;
import io.terminator.core.route.Server;
import io.terminator.core.route.ServerCounters;
import io.terminator.core.setting.TimeSpan;
import io.terminator.core.throttle.PauseReason;
import io.terminator.core.trace.SpanIds;
import io.terminator.core.worker.Deadline;
import io.terminator.core.worker.TrafficCounters;
import io.terminator.core.worker.Worker;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One request from its head to the end of its response: route, leg, two directions, deadline,
 * retries, the line in the log. It knows nothing of the versions of HTTP on either side.
 *
 * <pre>
 *   client stream ---- onHead, onData ----> exchange ---- send ----> server stream
 *                 <--- send ---------------          <--- onHead, onData ----
 * </pre>
 *
 * Until a server is connected, the bytes that arrived with the request wait in frames and the
 * client is not read. The end of the response ends the exchange. Over 500 lines, because every
 * event of either side depends on how far the other has come. Worker thread only.
 */
final class HttpExchange extends Deadline implements HttpEvents, Leg.Owner, Backends.Caller {
  private static final String GRPC = "application/grpc";
  private static final int NO_CODE = -1;
  private static final int MOST_RETRIES = 2;
  private static final Duration QUIET = Duration.ofSeconds(1);

  private final ClientExchanges shared;
  private final HttpStream client;
  private final Connection connection;
  private final Worker worker;
  private final Heads heads;
  private final RequestId id;
  private final long startNanos;
  private @Nullable Head request;
  private @Nullable SpanIds trace;
  private @Nullable HttpRoute route;
  private @Nullable Leg leg;
  private @Nullable HttpStream backend;
  private @Nullable Server target;

  /** The server that the client's cookie names. */
  private @Nullable Server preferred;

  private BackendRules rules = BackendRules.NONE;
  private @Nullable FrameQueue backlog;
  private @Nullable Head waitingTrailers;
  private @Nullable Failed openFailure;
  private TrafficCounters traffic;
  private CounterSet<HttpCount> counts;
  private boolean opening;
  private boolean needsNew;
  private boolean reused;
  private boolean requestComplete;

  /** The server takes no more of the request; the rest is read and dropped. */
  private boolean discarding;

  private boolean responseBegun;

  /** A call of gRPC whose result is still to come, if results count. */
  private boolean callOpen;

  private boolean tunnel;

  /**
   * An h2 client asks for a tunnel that is not open yet. What it sends meanwhile is kept: a server
   * of HTTP/1.1 would read it as its next request.
   */
  private boolean awaitsTunnel;

  /** The client has ended a tunnel that is not open yet. */
  private boolean clientEndedEarly;

  private boolean clientDone;
  private boolean backendDone;
  private boolean over;
  private int attempts;
  private int status;
  private long requestBytes;
  private long responseBytes;
  private long activeTick;
  private long pendingAtDeadline;
  private long totalNanos;
  private long openedNanos;
  private long answeredNanos;

  /** Seconds after which the client may come back; zero: the answer does not say. */
  private long retryAfter;

  private ExchangeEnd end = ExchangeEnd.COMPLETE;
  private String detail = "";

  HttpExchange(ClientExchanges shared, HttpStream client) {
    this.shared = shared;
    this.client = client;
    this.connection = shared.connection();
    this.worker = connection.worker();
    this.startNanos = worker.turns().nanos();
    this.heads = shared.heads();
    this.id = shared.takeId();
    this.traffic = connection.traffic();
    this.counts = shared.counts();
    counts.add(HttpCount.IN_FLIGHT);
    touch();
    worker.deadlines().armTicks(this, Math.min(shared.answerTicks(), shared.bodyTicks()));
  }

  private void touch() {
    activeTick = worker.deadlines().currentTick();
  }

  // What arrives.

  @Override
  public void onHead(HttpStream from, Head head, Scratch bytes, int at, int to, boolean ends) {
    touch();
    if (from != client) {
      onResponse(head, bytes, at, to, ends);
      return;
    }
    request = head;
    requestComplete = ends;
    requestBytes = to - at;
    RequestSpans spans = shared.spans();
    if (spans != null) {
      trace = TraceParent.begin(head, spans.tracer(), shared.facts().isTrusted());
    }
    ExchangeEnd refusedAs = ExchangeEnd.REFUSED;
    Refusal refusal = unfit(head);
    HttpRoute found = null;
    if (refusal == null) {
      found = shared.routes().find(head);
      if (found == null) {
        HttpRoutes.Result why = shared.routes().refusal(head);
        if (why == HttpRoutes.Result.NO_ROUTE) {
          refusedAs = ExchangeEnd.NO_ROUTE;
        }
        refusal = why == HttpRoutes.Result.MISDIRECTED ? Refusal.MISDIRECTED : Refusal.TARGET;
      }
    }
    if (found == null) {
      answer(
          refusedAs,
          refusedAs == ExchangeEnd.NO_ROUTE ? 404 : refusal == null ? 400 : refusal.status(),
          refusedAs == ExchangeEnd.NO_ROUTE || refusal == null ? "" : refusal.words(),
          bytes,
          at);
      return;
    }
    route = found;
    long wait = found.secondsToWait(head, connection.clientAddress());
    if (wait > 0) {
      retryAfter = wait;
      answer(ExchangeEnd.LIMITED, ExchangeEnd.LIMITED.status(), "too many requests", bytes, at);
      return;
    }
    BackendPool pool = found.pool();
    if (pool == null) {
      answerByRoute(found, head, bytes, at);
      return;
    }
    rules = shared.plan().rulesOf(pool);
    prepare(found, head);
    if (isUpgrade() && !shared.plan().backends().canUpgrade(pool)) {
      answer(ExchangeEnd.REFUSED, Refusal.UPGRADE.status(), Refusal.UPGRADE.words(), bytes, at);
      return;
    }
    awaitsTunnel = isUpgrade() && !ends && head.framing() == Framing.NONE;
    openFirst(pool, bytes, at, to);
  }

  /** What no server is to see. */
  private @Nullable Refusal unfit(Head head) {
    if (head.method() == Method.CONNECT && head.protocol().isEmpty()) {
      return Refusal.METHOD;
    }
    int expect = head.first(FieldName.EXPECT);
    if (expect >= 0 && !head.valueIs(expect, "100-continue")) {
      return Refusal.EXPECTATION;
    }
    return exceeds(head.framing() == Framing.LENGTH ? head.bodyLength() : requestBytes)
        ? Refusal.BODY_TOO_LARGE
        : null;
  }

  private boolean exceeds(long bytes) {
    long most = shared.plan().config().limits().body().bytes();
    return most > 0 && bytes > most;
  }

  private void prepare(HttpRoute found, Head head) {
    String upgrade = upgrade(head);
    HopByHop.strip(head);
    if (upgrade != null) {
      head.setProtocol(upgrade);
    }
    StickyCookie sticky = rules.sticky();
    BackendPool pool = found.pool();
    if (sticky != null && pool != null) {
      preferred = sticky.take(head, pool);
    }
    found.rewrite(head);
    shared.plan().rules().applyToRequest(head, shared.facts(), id);
    SpanIds ids = trace;
    if (ids != null) {
      TraceParent.write(head, ids);
    }
    if (head.authority().isEmpty() && !head.has(FieldName.HOST)) {
      // After the rules: no client has named this host.
      head.setAuthority(shared.ownHost());
    }
  }

  /** The protocol that an HTTP/1.1 client asks to switch to; null if there is none. */
  private static @Nullable String upgrade(Head head) {
    int field = head.first(FieldName.UPGRADE);
    // h2c would be a second way around every rule on requests.
    return field < 0
            // RFC 9110 section 7.8: a client of HTTP/1.0 does not know 101.
            || head.minorVersion() == 0
            || head.next(FieldName.UPGRADE, field) >= 0
            || !head.hasToken(FieldName.CONNECTION, "upgrade")
            || !head.valueIs(field, "websocket")
        ? null
        : head.value(field);
  }

  private void openFirst(BackendPool pool, Scratch bytes, int at, int to) {
    if (!connection.traffic().backend().equals(pool.name())) {
      connection.toBackend(pool.name());
      counts.add(HttpCount.IN_FLIGHT, -1);
      traffic = connection.traffic();
      counts = shared.counts();
      counts.add(HttpCount.IN_FLIGHT);
    }
    // The outcome may come from within the call, where the bytes cannot be sent.
    opening = true;
    open(pool);
    opening = false;
    HttpStream opened = backend;
    Failed failure = openFailure;
    if (failure != null) {
      answerFailure(failure, bytes, at);
    } else if (opened != null) {
      sendRequest(opened, bytes, at, to);
    } else if (at < to) {
      keep(bytes, at, to);
    }
  }

  private void open(BackendPool pool) {
    attempts++;
    Leg begun = new Leg(connection, pool.name(), route(), this);
    leg = begun;
    // The leg has work from now on: a drain must not take the connection for an idle one.
    begun.moved(0, true);
    shared.plan().backends().open(shared.secured(), pool, begun, this);
  }

  @Override
  public boolean needsNew() {
    return needsNew;
  }

  @Override
  public @Nullable Server preferred() {
    return preferred;
  }

  @Override
  public boolean mayRepeat() {
    Head head = request;
    return head != null && head.method().isIdempotent() && requestComplete && requestBytes == 0;
  }

  @Override
  public boolean isUpgrade() {
    Head head = request;
    return head != null && !head.protocol().isEmpty();
  }

  private void keep(Scratch bytes, int at, int to) {
    FrameQueue queue = backlog;
    if (queue == null) {
      queue = new FrameQueue(worker.frames());
      backlog = queue;
    }
    if (!queue.append(bytes.buffer(), at, to)) {
      throw new IllegalStateException("no frame for the first bytes of a request");
    }
  }

  @Override
  public void onOpen(HttpStream stream, Server server, boolean overKept) {
    backend = stream;
    target = server;
    reused = overKept;
    openedNanos = worker.turns().nanos();
    if (overKept) {
      counts.add(HttpCount.REUSED);
    }
    stream.attach(this);
    touch();
    if (opening) {
      return;
    }
    try (Scratch bytes = worker.plain()) {
      int waiting = awaitsTunnel ? 0 : drainInto(bytes);
      sendRequest(stream, bytes, HttpStream.HEADROOM, HttpStream.HEADROOM + waiting);
    }
    client.resume(PauseReason.PEER_FULL);
  }

  /** Moves as many bytes that waited for the server into {@code bytes} as fit. */
  private int drainInto(Scratch bytes) {
    FrameQueue queue = backlog;
    ByteBuffer buffer = bytes.buffer();
    return queue == null
        ? 0
        : queue.drainTo(buffer, HttpStream.HEADROOM, buffer.capacity() - HttpStream.TAILROOM);
  }

  @Override
  public long keptBytes() {
    FrameQueue queue = backlog;
    return queue == null ? 0 : queue.bytes();
  }

  private boolean hasBacklog() {
    FrameQueue queue = backlog;
    return queue != null && !queue.isEmpty();
  }

  private void sendRequest(HttpStream to, Scratch bytes, int at, int end) {
    Head head = request;
    if (head == null) {
      return;
    }
    Leg current = leg;
    if (current != null) {
      current.moved(head.textLength() + (end - at), true);
    }
    Head trailers = waitingTrailers;
    boolean whole = requestComplete && trailers == null;
    boolean sent = to.send(head, bytes, at, end, whole && !hasBacklog());
    // An h2 client may have sent a whole window while no server was found: more than fits at once.
    while (sent && hasBacklog() && !awaitsTunnel) {
      int stop = HttpStream.HEADROOM + drainInto(bytes);
      sent = to.send(bytes, HttpStream.HEADROOM, stop, whole && !hasBacklog());
    }
    if (sent && trailers != null) {
      waitingTrailers = null;
      sent = to.sendTrailers(trailers, bytes, HttpStream.HEADROOM);
      heads.release(trailers);
    }
    if (!sent) {
      // The end of the server's input follows and decides.
      discarding = true;
    }
  }

  @Override
  public void onFailed(Failed why) {
    if (opening) {
      openFailure = why;
      return;
    }
    try (Scratch bytes = worker.plain()) {
      answerFailure(why, bytes, HttpStream.HEADROOM);
    }
  }

  private void answerFailure(Failed why, Scratch bytes, int at) {
    ExchangeEnd as = ExchangeEnd.of(why.reason());
    detail = why.detail();
    answer(as, as.status(), "", bytes, at);
  }

  private void onResponse(Head head, Scratch bytes, int at, int to, boolean ends) {
    if (over) {
      heads.release(head);
      return;
    }
    if (head.isInterim() || head.status() == 204) {
      // RFC 9110 section 8.6. A client that believes it would wait for a body.
      head.remove(FieldName.CONTENT_LENGTH);
    }
    if (head.isInterim()) {
      HopByHop.strip(head);
      shared.plan().rules().removeFromResponse(head);
      boolean sent = client.send(head, bytes, at, at, false);
      heads.release(head);
      if (!sent) {
        clientLeft("");
      }
      return;
    }
    status = head.status();
    judgeHead(head, ends);
    if (status >= 200 && status < 300 && client.isExtendedConnect()) {
      heads.release(head);
      String words = "the server did not switch protocols";
      answer(ExchangeEnd.REFUSED, Refusal.UPGRADE.status(), words, bytes, at);
      return;
    }
    responseBegun = true;
    answeredNanos = worker.turns().nanos();
    responseBytes = to - at;
    Leg current = leg;
    if (current != null) {
      current.moved(head.textLength() + (to - at), false);
    }
    HopByHop.strip(head);
    Head asked = request;
    if (status == 101) {
      if (asked == null || asked.protocol().isEmpty()) {
        responseBegun = false;
        heads.release(head);
        afterwards(() -> onBackendLost(ExchangeEnd.BACKEND_PROTOCOL, "a 101 without an upgrade"));
        return;
      }
      head.setProtocol(asked.text(asked.protocol()));
    }
    shared.plan().rules().applyToResponse(head, shared.facts(), id);
    keepClient(head);
    boolean sent = client.send(head, bytes, at, to, ends && status != 101);
    heads.release(head);
    if (!sent) {
      clientLeft("");
    } else if (status == 101) {
      toTunnel();
    } else if (ends) {
      finish();
    }
  }

  /** Names the server in a cookie, unless the client has that cookie. */
  private void keepClient(Head response) {
    StickyCookie sticky = rules.sticky();
    BackendPool pool = route == null ? null : route.pool();
    Server now = target;
    if (sticky == null || pool == null || now == null || now == preferred) {
      return;
    }
    if (preferred != null) {
      counts.add(HttpCount.REASSIGNED);
    }
    response.add(FieldName.SET_COOKIE, sticky.setCookie(now, pool));
    // A cache would give the cookie of one client to others.
    response.add("Cache-Control", "private");
  }

  /** A response with this status counts for or against the server; zero: it did not come. */
  private void judge(int code) {
    OutlierConfig outlier = rules.outlier();
    if (outlier != null) {
      judge(outlier, code == 0 || outlier.isError(code), "status", code);
    }
  }

  /** The result of a call of gRPC is in its trailers; in its head only if nothing follows it. */
  private void judgeHead(Head head, boolean ends) {
    OutlierConfig outlier = rules.outlier();
    if (outlier == null || outlier.grpc().isEmpty() || outlier.isError(status) || !isGrpc(head)) {
      judge(status);
    } else if (ends) {
      judgeCall(head);
    } else {
      callOpen = true;
    }
  }

  private static boolean isGrpc(Head head) {
    int field = head.first(FieldName.CONTENT_TYPE);
    if (field < 0) {
      return false;
    }
    int from = head.valueFrom(field);
    int to = from + GRPC.length();
    return to <= head.valueTo(field) && head.equalsIgnoreCase(from, to, GRPC);
  }

  /** {@code fields} end a call of gRPC; null: it ended without its result, which is an error. */
  private void judgeCall(@Nullable Head fields) {
    callOpen = false;
    OutlierConfig outlier = rules.outlier();
    if (outlier == null) {
      return;
    }
    int field = fields == null ? -1 : fields.first(FieldName.GRPC_STATUS);
    if (fields == null || field < 0) {
      judge(outlier, true, "status", 0);
      return;
    }
    int code = 0;
    for (int at = fields.valueFrom(field); at < fields.valueTo(field) && code >= 0; at++) {
      int digit = fields.text()[at] - '0';
      code = digit < 0 || digit > 9 || code > 99 ? NO_CODE : 10 * code + digit;
    }
    judge(outlier, outlier.isGrpcError(code), "grpc-status", code);
  }

  private void judge(OutlierConfig outlier, boolean error, String kind, int code) {
    Server judged = target;
    if (judged == null) {
      return;
    }
    ServerCounters counters = judged.counters(worker);
    if (!error) {
      counters.answered();
    } else if (counters.erred(outlier.errors())) {
      String who = "backend=" + backend() + " server=" + judged.name();
      worker
          .diagnostics()
          .warn(
              "ejected " + who,
              QUIET,
              () ->
                  who
                      + ": avoided after "
                      + outlier.errors()
                      + " consecutive errors, the last: "
                      + (code == 0 ? "no complete response" : kind + " " + code));
    }
  }

  private void toTunnel() {
    tunnel = true;
    HttpStream server = backend;
    if (server != null) {
      server.toTunnel();
    }
    client.toTunnel();
    if (awaitsTunnel) {
      afterwards(this::sendEarlyBytes);
    } else {
      client.resume(PauseReason.PEER_FULL);
    }
  }

  /** What the client sent into its tunnel before it was open, with the end. */
  private void sendEarlyBytes() {
    HttpStream server = backend;
    if (over || server == null) {
      return;
    }
    awaitsTunnel = false;
    requestComplete = clientEndedEarly;
    try (Scratch bytes = worker.plain()) {
      boolean sent = true;
      while (sent && hasBacklog()) {
        int stop = HttpStream.HEADROOM + drainInto(bytes);
        sent = server.send(bytes, HttpStream.HEADROOM, stop, false);
      }
      discarding |= !sent;
      if (clientEndedEarly) {
        onData(client, bytes, HttpStream.HEADROOM, HttpStream.HEADROOM, true);
      }
    }
    if (!over) {
      client.resume(PauseReason.PEER_FULL);
    }
  }

  @Override
  public void onData(HttpStream from, Scratch bytes, int at, int to, boolean ends) {
    if (over) {
      return;
    }
    touch();
    Leg current = leg;
    if (current != null) {
      current.moved(to - at, from == client);
    }
    if (from == client) {
      onRequestData(bytes, at, to, ends);
    } else {
      onResponseData(bytes, at, to, ends);
    }
  }

  private void onRequestData(Scratch bytes, int at, int to, boolean ends) {
    requestBytes += to - at;
    if (awaitsTunnel) {
      clientEndedEarly |= ends;
      if (at < to) {
        keep(bytes, at, to);
      }
      return;
    }
    requestComplete = ends;
    if (!tunnel && exceeds(requestBytes) && !responseBegun) {
      answer(
          ExchangeEnd.REFUSED,
          Refusal.BODY_TOO_LARGE.status(),
          Refusal.BODY_TOO_LARGE.words(),
          bytes,
          at);
      return;
    }
    HttpStream server = backend;
    if (discarding) {
      // Read on, so that no reset of a full socket destroys the answer.
      return;
    }
    if (server == null) {
      keep(bytes, at, to);
    } else if (!server.send(bytes, at, to, ends)) {
      discarding = true;
    }
    if (tunnel && ends) {
      clientDone = true;
      finishTunnel();
    }
  }

  private void onResponseData(Scratch bytes, int at, int to, boolean ends) {
    responseBytes += to - at;
    if (ends && callOpen) {
      judgeCall(null);
    }
    if (!client.send(bytes, at, to, ends)) {
      clientLeft("");
    } else if (tunnel && ends) {
      backendDone = true;
      finishTunnel();
    } else if (ends) {
      finish();
    }
  }

  private void finishTunnel() {
    if (clientDone && backendDone) {
      finish();
    }
  }

  @Override
  public void onTrailers(HttpStream from, Head trailers, Scratch bytes, int at) {
    if (over) {
      heads.release(trailers);
      return;
    }
    touch();
    HopByHop.strip(trailers);
    if (from == client && awaitsTunnel) {
      clientEndedEarly = true;
      heads.release(trailers);
      return;
    }
    if (from == client) {
      shared.plan().rules().applyToTrailers(trailers, shared.facts());
      requestComplete = true;
      HttpStream server = backend;
      if (server == null) {
        waitingTrailers = trailers;
        return;
      }
      discarding |= !discarding && !server.sendTrailers(trailers, bytes, at);
      heads.release(trailers);
      return;
    }
    if (callOpen) {
      judgeCall(trailers);
    }
    shared.plan().rules().removeFromResponse(trailers);
    boolean sent = client.sendTrailers(trailers, bytes, at);
    heads.release(trailers);
    if (sent) {
      finish();
    } else {
      clientLeft("");
    }
  }

  // Room.

  @Override
  public long accepts(HttpStream from) {
    if (from != client) {
      return client.room();
    }
    HttpStream server = backend;
    if (discarding || over) {
      return Long.MAX_VALUE;
    }
    return server == null || awaitsTunnel ? 0 : server.room();
  }

  @Override
  public void onRoom(HttpStream stream) {
    touch();
    if (stream == client) {
      HttpStream server = backend;
      if (server != null) {
        server.resume(PauseReason.PEER_FULL);
      }
    } else {
      client.resume(PauseReason.PEER_FULL);
    }
  }

  // Ends.

  @Override
  public void onRefused(HttpStream from, Refusal why) {
    worker.counters().of(Refusal.class).add(why);
    if (from != client) {
      onBackendLost(ExchangeEnd.BACKEND_PROTOCOL, why.words());
      return;
    }
    ExchangeEnd as = why == Refusal.TIMEOUT ? ExchangeEnd.REQUEST_TIMEOUT : ExchangeEnd.REFUSED;
    failClient(as, why.status(), why.words());
  }

  /** Answers if no response has begun; otherwise the client sees that it is not complete. */
  private void failClient(ExchangeEnd as, int answer, String words) {
    if (over) {
      return;
    }
    if (responseBegun) {
      abort(as, words);
      client.reset(
          as == ExchangeEnd.INTERNAL ? ResetReason.INTERNAL : ResetReason.OTHER_SIDE, detail);
      return;
    }
    try (Scratch bytes = worker.plain()) {
      answer(as, answer, words, bytes, HttpStream.HEADROOM);
    }
  }

  @Override
  public void onReset(HttpStream from, ResetReason why, String words) {
    if (over) {
      return;
    }
    if (from == client) {
      switch (why) {
        case INTERNAL -> abort(ExchangeEnd.CLOSED, words);
        // Terminator ended the stream, not the client.
        case PROTOCOL, FLOOD -> abort(ExchangeEnd.REFUSED, words);
        case CANCELLED, CONNECTION_LOST, TRUNCATED, REFUSED, HANDSHAKE, TIMEOUT, OTHER_SIDE ->
            clientLeft(words);
      }
      return;
    }
    BackendPool pool = route == null ? null : route.pool();
    if (pool != null && mayRetry(why)) {
      counts.add(HttpCount.RETRIED);
      dropBackend();
      discarding = false;
      touch();
      needsNew = true;
      open(pool);
      return;
    }
    onBackendLost(
        switch (why) {
          case HANDSHAKE -> ExchangeEnd.CONNECT_FAILED;
          case PROTOCOL -> ExchangeEnd.BACKEND_PROTOCOL;
          default -> responseBegun ? ExchangeEnd.BACKEND_TRUNCATED : ExchangeEnd.BACKEND_CLOSED;
        },
        words);
  }

  /**
   * Sending a request again is safe if the server has not processed it, or if processing it twice
   * makes no difference (RFC 9110 section 9.2.2); possible only while nothing of the body is gone.
   * A server that refused the TLS handshake has read nothing. A kept connection that ends without a
   * word was usually closed by the server while it was idle.
   */
  private boolean mayRetry(ResetReason why) {
    return !responseBegun
        && requestComplete
        && requestBytes == 0
        && attempts <= MOST_RETRIES
        && (why == ResetReason.REFUSED || why == ResetReason.HANDSHAKE || reused && mayRepeat());
  }

  private void onBackendLost(ExchangeEnd as, String words) {
    if (over) {
      return;
    }
    judge(0);
    endWith(as, words);
  }

  private void endWith(ExchangeEnd as, String words) {
    detail = words;
    failClient(as, as.status() == 0 ? 502 : as.status(), "");
  }

  @Override
  public void onSevered(Leg severed, CloseReason reason, String words) {
    if (!over) {
      endWith(ExchangeEnd.of(reason), words);
    }
  }

  /** No event of the client follows; it cannot be answered. */
  private void clientLeft(String words) {
    if (!over) {
      abort(ExchangeEnd.CLIENT_LEFT, words);
      client.reset(ResetReason.CANCELLED, words);
    }
  }

  @Override
  protected void onDue() {
    connection.attempt(this::onDeadline);
  }

  private void onDeadline() {
    if (over) {
      return;
    }
    // Between the head of the response and the end of a tunnel or a body, any byte counts.
    boolean awaitsRequest = !responseBegun && !requestComplete && !discarding && !awaitsTunnel;
    long limit =
        tunnel
            ? shared.tunnelTicks()
            : responseBegun || awaitsRequest ? shared.bodyTicks() : shared.answerTicks();
    long left = limit - (worker.deadlines().currentTick() - activeTick);
    if (left > 0) {
      worker.deadlines().armTicks(this, left);
      return;
    }
    // A peer that reads slowly takes bytes from frames, which is not an event of its own.
    long pending = connection.pendingOutput();
    if (pending != pendingAtDeadline) {
      pendingAtDeadline = pending;
      touch();
      worker.deadlines().armTicks(this, limit);
      return;
    }
    ExchangeConfig.Deadlines deadlines = shared.plan().config().deadlines();
    if (tunnel) {
      abort(ExchangeEnd.IDLE, "no byte in the tunnel");
      client.reset(ResetReason.TIMEOUT, detail);
    } else if (responseBegun) {
      abort(
          ExchangeEnd.RESPONSE_TIMEOUT,
          "no byte of a body for " + TimeSpan.spell(deadlines.body()));
      client.reset(ResetReason.TIMEOUT, detail);
    } else if (awaitsRequest) {
      failClient(
          ExchangeEnd.REQUEST_TIMEOUT,
          ExchangeEnd.REQUEST_TIMEOUT.status(),
          "no byte of the body for " + TimeSpan.spell(deadlines.body()));
    } else {
      onBackendLost(
          ExchangeEnd.ANSWER_TIMEOUT, "no response within " + TimeSpan.spell(deadlines.answer()));
    }
  }

  private void afterwards(Runnable step) {
    worker.execute(() -> connection.attempt(step));
  }

  // Answers that no server has given.

  private void answerByRoute(HttpRoute found, Head asked, Scratch bytes, int at) {
    Head answer = heads.take(HeadKind.RESPONSE);
    answer.setStatus(found.status());
    found.describe(asked, answer);
    end = ExchangeEnd.ANSWERED;
    send(answer, found.body(), bytes, at);
  }

  private void answer(ExchangeEnd as, int code, String words, Scratch bytes, int at) {
    end = as;
    if (detail.isEmpty()) {
      detail = words;
    }
    Head answer = heads.take(HeadKind.RESPONSE);
    answer.setStatus(code);
    ErrorPage page = shared.plan().config().errors().get(code);
    answer.add(FieldName.CONTENT_TYPE, page == null ? "text/plain; charset=utf-8" : page.type());
    answer.add("Cache-Control", "no-store");
    if (retryAfter > 0) {
      answer.add(FieldName.RETRY_AFTER, Long.toString(retryAfter));
    }
    String text = words.isEmpty() ? Integer.toString(code) : code + " " + words;
    byte[] body = page == null ? (text + "\n").getBytes(StandardCharsets.UTF_8) : page.body();
    send(answer, body, bytes, at);
  }

  private void send(Head answer, byte[] body, Scratch bytes, int at) {
    status = answer.status();
    responseBegun = true;
    answeredNanos = worker.turns().nanos();
    dropBackend();
    Head asked = request;
    if (asked != null && id.length() == 0) {
      shared.plan().rules().identify(asked, shared.facts(), id);
    }
    boolean bodiless = status == 204 || status == 304;
    if (!bodiless) {
      answer.add(FieldName.CONTENT_LENGTH, Integer.toString(body.length));
      answer.setFraming(Framing.LENGTH, body.length);
    }
    shared.plan().rules().applyToResponse(answer, shared.facts(), id);
    int from = HttpStream.HEADROOM;
    int sendable =
        bodiless || asked != null && asked.method() == Method.HEAD
            ? 0
            : Math.min(body.length, bytes.buffer().capacity() - from - HttpStream.TAILROOM);
    bytes.buffer().put(from, body, 0, sendable);
    responseBytes = sendable;
    boolean sent =
        client.send(answer, bytes, from, from + sendable, sendable == body.length || sendable == 0);
    for (int done = sendable; sent && done < body.length && sendable > 0; ) {
      int piece = Math.min(sendable, body.length - done);
      bytes.buffer().put(from, body, done, piece);
      done += piece;
      responseBytes += piece;
      sent = client.send(bytes, from, from + piece, done == body.length);
    }
    heads.release(answer);
    if (sent) {
      finish();
    } else {
      clientLeft("");
    }
  }

  // The end, once.

  /** The response is complete. */
  private void finish() {
    toOver();
    HttpStream server = backend;
    Leg current = leg;
    if (server != null && current != null) {
      if (requestComplete && !discarding && current.leave()) {
        backend = null;
        server.release();
      } else {
        dropBackend();
      }
    }
    client.release();
  }

  /** The response is not complete; the caller resets the client's stream. */
  private void abort(ExchangeEnd as, String words) {
    end = as;
    if (!words.isEmpty()) {
      detail = words;
    }
    toOver();
    dropBackend();
  }

  /** The server sees that the exchange is not complete. */
  private void dropBackend() {
    HttpStream server = backend;
    backend = null;
    if (server != null) {
      server.reset(ResetReason.OTHER_SIDE, detail);
    }
    Leg current = leg;
    if (current != null) {
      current.end(false);
    }
  }

  private void toOver() {
    over = true;
    worker.deadlines().cancel(this);
    counts.add(HttpCount.IN_FLIGHT, -1);
    totalNanos = worker.turns().nanos() - startNanos;
    traffic.request(totalNanos);
    Head asked = request;
    counts.add(HttpCount.of(asked == null ? Method.OTHER : asked.method(), status));
    HttpRoute taken = route;
    if (taken != null) {
      shared.countRoute(taken.name(), status, totalNanos);
    }
    shared.ends().add(end);
    RequestLog log = shared.log();
    if (log != null) {
      log.write(this);
    }
    record(asked);
    RequestSpans spans = shared.spans();
    SpanIds ids = trace;
    if (spans != null && ids != null) {
      spans.write(this, ids);
    }
    shared.giveBack(id);
    request = null;
    if (asked != null) {
      heads.release(asked);
    }
    Head trailers = waitingTrailers;
    waitingTrailers = null;
    if (trailers != null) {
      heads.release(trailers);
    }
    FrameQueue queue = backlog;
    if (queue != null) {
      queue.clear();
    }
  }

  private void record(@Nullable Head asked) {
    Recorder recorder = worker.recorder();
    if (recorder != Recorder.OFF) {
      String to = server();
      recorder.onRequest(
          connection.id(),
          asked == null ? "" : asked.method().name(),
          status,
          end.label(),
          route(),
          backend(),
          to == null ? "" : to,
          connectNanos(),
          answerNanos(),
          totalNanos);
    }
  }

  // For the log.

  ClientExchanges shared() {
    return shared;
  }

  Connection connection() {
    return connection;
  }

  @Nullable Head request() {
    return request;
  }

  RequestId id() {
    return id;
  }

  String version() {
    return client.version();
  }

  int status() {
    return status;
  }

  ExchangeEnd end() {
    return end;
  }

  String detail() {
    return detail;
  }

  String route() {
    HttpRoute found = route;
    return found == null ? "" : found.name();
  }

  String backend() {
    Leg current = leg;
    return current == null ? "" : current.backend();
  }

  @Nullable String server() {
    Leg current = leg;
    return current == null ? null : current.server();
  }

  int retries() {
    Leg current = leg;
    return Math.max(0, attempts - 1) + (current == null ? 0 : current.retries());
  }

  long bytesIn() {
    return requestBytes;
  }

  long bytesOut() {
    return responseBytes;
  }

  boolean isConnected() {
    return openedNanos != 0;
  }

  /** Zero, too, if a kept connection was used. */
  long connectNanos() {
    return isConnected() ? openedNanos - startNanos : 0;
  }

  boolean isAnswered() {
    return answeredNanos != 0;
  }

  long answerNanos() {
    return isAnswered() ? answeredNanos - startNanos : 0;
  }

  long totalNanos() {
    return totalNanos;
  }
}
