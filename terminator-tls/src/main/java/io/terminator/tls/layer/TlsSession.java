package io.terminator.tls.layer;

import io.terminator.core.accept.HandshakeRateLimiter;
import io.terminator.core.chain.Basis;
import io.terminator.core.chain.ByteStream;
import io.terminator.core.chain.LayerSession;
import io.terminator.core.chain.Opening;
import io.terminator.core.chain.Protection;
import io.terminator.core.chain.ReplayStream;
import io.terminator.core.chain.Side;
import io.terminator.core.frame.Scratch;
import io.terminator.core.phase.Blame;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.worker.Worker;
import io.terminator.tls.clienthello.ClientHello;
import io.terminator.tls.clienthello.ClientHelloParser;
import io.terminator.tls.clienthello.HelloProblem;
import io.terminator.tls.clienthello.Ja4Cache;
import io.terminator.tls.clienthello.SignatureSchemes;
import io.terminator.tls.engine.TlsContext;
import io.terminator.tls.engine.TlsContextException;
import io.terminator.tls.engine.TlsStream;
import io.terminator.tls.failure.BadHello;
import io.terminator.tls.failure.CertificateMissing;
import io.terminator.tls.failure.NameRefused;
import io.terminator.tls.failure.NotNegotiated;
import io.terminator.tls.failure.PeerLeft;
import io.terminator.tls.failure.TlsFailure;
import io.terminator.tls.judgement.Alert;
import io.terminator.tls.judgement.Snapshot;
import io.terminator.tls.judgement.Verdict;
import io.terminator.tls.report.CanaryReport;
import io.terminator.tls.report.PostQuantum;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The TLS session with one client, from its first byte to an open stream: parse the ClientHello,
 * decide, and run the handshake.
 */
final class TlsSession implements LayerSession {
  private static final byte[] SPEAK_HTTPS =
      ("HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 38\r\n"
              + "Connection: close\r\n\r\nThis port speaks TLS: use https here.\r\n")
          .getBytes(StandardCharsets.US_ASCII);
  private static final Duration QUIET = Duration.ofMinutes(1);
  private static final int ALERT = 21;
  private static final int FATAL = 2;

  private final TlsLayer layer;
  private final @Nullable HandshakeRateLimiter rateLimiter;
  private final Ja4Cache fingerprints;
  private final ByteStream client;
  private final Worker worker;
  private final Runnable wake;
  private final ClientHelloParser parser = new ClientHelloParser();

  /** A partial ClientHello; grows only with the received bytes. */
  private byte @Nullable [] begun;

  /** A complete ClientHello that waits until an overload is over. */
  private byte @Nullable [] held;

  private @Nullable Boolean turn;

  private boolean anything;
  private @Nullable ClientHello hello;
  private @Nullable String certificate;
  private @Nullable Basis basis;
  private @Nullable Outlook outlook;
  private boolean unknownName;

  /** The algorithm that signs a full handshake; 0 before it is known. */
  private int signature;

  /** Of a client that a canary serves or could serve, until its handshake is counted. */
  private @Nullable CanaryReport canary;

  private boolean isCanary;
  private @Nullable TlsStream tls;
  private @Nullable ByteStream passedThrough;

  private boolean isChallenge;

  /** A signature is being made on another thread, or is made and not yet used. */
  private boolean signing;

  private volatile boolean signed;
  private CloseReason reason = CloseReason.HANDSHAKE_FAILED;
  private @Nullable TlsFailure failed;
  private String failureLabel = "";
  private String failure = "";

  TlsSession(
      TlsLayer layer,
      @Nullable HandshakeRateLimiter rateLimiter,
      Ja4Cache fingerprints,
      ByteStream client,
      Runnable wake) {
    this.layer = layer;
    this.rateLimiter = rateLimiter;
    this.fingerprints = fingerprints;
    this.client = client;
    this.worker = client.worker();
    this.wake = wake;
  }

  @Override
  public Step advance() {
    TlsStream stream = tls;
    if (signing && stream != null) {
      if (!signed) {
        return Step.AWAY;
      }
      signing = false;
      signed = false;
      return outcome(stream, stream.resume());
    }
    byte[] waiting = held;
    if (waiting != null) {
      return turn == null ? Step.AWAY : onTurn(waiting, turn);
    }
    try (Scratch source = worker.received()) {
      int received = client.read(source);
      if (received == ByteStream.WOULD_BLOCK) {
        return Step.WAIT;
      }
      if (received < 0) {
        return left(received);
      }
      anything = true;
      return stream == null
          ? hello(source, received)
          : outcome(stream, stream.handshake(source, received));
    }
  }

  private Step left(int how) {
    PeerLeft.Stage stage =
        !anything
            ? PeerLeft.Stage.NOTHING
            : hello == null ? PeerLeft.Stage.PART_OF_HELLO : PeerLeft.Stage.HANDSHAKE;
    return fail(
        new PeerLeft(Side.CLIENT, stage, how == ByteStream.RESET),
        anything ? CloseReason.HANDSHAKE_ABORTED : CloseReason.PROBE);
  }

  private Step hello(Scratch received, int length) {
    byte[] before = begun;
    if (before == null) {
      return helloSoFar(received, length);
    }
    // The hello came in several parts: assemble it in a scratch that is free at this time.
    try (Scratch whole = worker.plain()) {
      whole.buffer().put(0, before);
      whole.buffer().put(before.length, received.buffer(), 0, length);
      return helloSoFar(whole, before.length + length);
    }
  }

  private Step helloSoFar(Scratch whole, int length) {
    return switch (parser.parse(whole.buffer(), length)) {
      case NEED_MORE -> {
        byte[] kept = new byte[length];
        whole.buffer().get(0, kept);
        begun = kept;
        yield Step.WAIT;
      }
      case REFUSED -> refuse(problem());
      case COMPLETE -> {
        begun = null;
        hello = parser.hello();
        remember(parser.hello());
        yield decide(parser.hello(), whole, length);
      }
    };
  }

  private HelloProblem problem() {
    HelloProblem found = parser.problem();
    return found == HelloProblem.PROXY_HEADER && client.tcp().isProxied()
        ? HelloProblem.SECOND_PROXY_HEADER
        : found;
  }

  private void remember(ClientHello complete) {
    layer
        .hellos()
        .add(
            worker,
            complete,
            client.tcp().peerAddress(),
            destination(complete),
            System.currentTimeMillis());
  }

  private Step decide(ClientHello complete, Scratch whole, int length) {
    CanaryReport report = layer.canary(complete);
    canary = report;
    isCanary = report != null && report.takes(client.tcp().peerAddress());
    while (true) {
      Snapshot snapshot = layer.snapshot(isCanary);
      Verdict verdict =
          layer.judge(complete, client.tcp().peerAddress(), destination(complete), snapshot);
      Outlook expected =
          layer.outlook(
              verdict, complete, client.tcp().peerAddress(), destination(complete), snapshot);
      outlook = expected;
      unknownName = isUnknownName(verdict);
      if (verdict instanceof Verdict.Serve serve) {
        TlsContext context;
        try {
          context = layer.obtain(serve, snapshot, expected);
        } catch (TlsContextException unusable) {
          tellOperator(serve.certificate().name(), unusable);
          return refuse(
              Alert.INTERNAL_ERROR,
              new CertificateMissing(String.valueOf(unusable.getMessage())),
              CloseReason.HANDSHAKE_FAILED);
        }
        if (context == null) {
          continue;
        }
        certificate = serve.certificate().name();
        signature = serve.signature();
        basis = layer.basis(serve);
        return shakeHands(context, complete, whole, length);
      }
      if (verdict instanceof Verdict.Challenge challenge) {
        canary = null;
        return answer(challenge, whole, length);
      }
      if (verdict instanceof Verdict.Refuse refusal) {
        report(complete);
        return refuse(refusal.alert(), refusal.failure(), refusal.reason());
      }
      canary = null;
      return passThrough(whole, length);
    }
  }

  private void countGroup(TlsStream stream) {
    ClientHello complete = hello;
    String name = certificate;
    if (complete != null && name != null) {
      String group = PostQuantum.isOffered(complete) ? stream.group() : "";
      layer.postQuantum().count(worker, name, complete, group, System.currentTimeMillis());
    }
  }

  private void countStage(boolean completed) {
    CanaryReport report = canary;
    if (report != null) {
      canary = null;
      report.count(worker, isCanary, completed);
    }
  }

  private static boolean isUnknownName(Verdict verdict) {
    return verdict instanceof Verdict.Serve serve
        ? serve.match() == Verdict.NameMatch.DEFAULT_FOR_UNKNOWN
        : verdict instanceof Verdict.Refuse refusal
            && refusal.failure() instanceof NameRefused name
            && name.kind() == NameRefused.Kind.UNKNOWN_SNI;
  }

  private void report(@Nullable ClientHello complete) {
    Outlook expected = outlook;
    if (expected != null && complete != null) {
      expected.count(worker, client.tcp().peerAddress(), complete, fingerprints.of(complete));
    }
  }

  /** Limits do not apply: a refused validation would cost a certificate. */
  private Step answer(Verdict.Challenge challenge, Scratch whole, int length) {
    TlsStream stream;
    try {
      TlsContext context = layer.context(challenge);
      try {
        stream = context.newStream(client);
      } finally {
        context.release();
      }
    } catch (TlsContextException unusable) {
      tellOperator("of the ACME challenge", unusable);
      return refuse(
          Alert.INTERNAL_ERROR,
          new CertificateMissing(String.valueOf(unusable.getMessage())),
          CloseReason.HANDSHAKE_FAILED);
    }
    tls = stream;
    isChallenge = true;
    return outcome(stream, stream.handshake(whole, length));
  }

  private void tellOperator(String unusable, TlsContextException why) {
    worker
        .diagnostics()
        .error(
            "certificate " + unusable,
            QUIET,
            () ->
                "phase=handshake certificate="
                    + unusable
                    + ": "
                    + why.getMessage()
                    + ". The certificate cannot be served; replace it");
  }

  /** A system call, only for the few clients that send no server name. */
  private @Nullable SocketAddress destination(ClientHello offered) {
    return offered.serverName() == null ? client.tcp().localAddress() : null;
  }

  /** {@code context} was retained for this method, which releases it. */
  private Step shakeHands(TlsContext context, ClientHello complete, Scratch whole, int length) {
    if (worker.overload().isOver() && turn == null && !complete.offersResumption()) {
      context.release();
      return hold(whole, length);
    }
    if (rateLimiter != null
        && !rateLimiter.take(client.tcp().peerAddress(), complete.offersResumption())) {
      context.release();
      reason = CloseReason.LIMITED;
      return Step.FAILED;
    }
    TlsStream stream;
    try {
      stream = context.newStream(client);
    } finally {
      context.release();
    }
    tls = stream;
    return outcome(stream, stream.handshake(whole, length));
  }

  private Step refuse(Alert alert, TlsFailure why, CloseReason end) {
    alert(alert);
    return fail(why, end);
  }

  private Step fail(TlsFailure why, CloseReason end) {
    reason = end;
    failed = why;
    failureLabel = why.label();
    failure = why.cause();
    return Step.FAILED;
  }

  private Step passThrough(Scratch whole, int length) {
    ReplayStream replay = new ReplayStream(client);
    if (!replay.keep(whole.buffer(), length)) {
      reason = CloseReason.OVERLOAD;
      failure = "no frame for the client's hello";
      return Step.FAILED;
    }
    passedThrough = replay;
    return Step.SECURED;
  }

  /**
   * Delays a full handshake during an overload. Resumptions and open connections have priority,
   * because they cost less.
   */
  private Step hold(Scratch whole, int length) {
    byte[] kept = new byte[length];
    whole.buffer().get(0, kept);
    if (!worker.overload().await(this::onTurn, length)) {
      reason = CloseReason.OVERLOAD;
      return Step.FAILED;
    }
    held = kept;
    return Step.AWAY;
  }

  private void onTurn(boolean admitted) {
    turn = admitted;
    wake.run();
  }

  private Step onTurn(byte[] waited, boolean admitted) {
    held = null;
    ClientHello complete = hello;
    if (!admitted || complete == null) {
      reason = CloseReason.OVERLOAD;
      return Step.FAILED;
    }
    try (Scratch whole = worker.plain()) {
      whole.buffer().put(0, waited);
      return decide(complete, whole, waited.length);
    }
  }

  private Step refuse(HelloProblem problem) {
    TlsFailure why = new BadHello(problem);
    return switch (problem) {
      case PLAIN_HTTP -> {
        say(SPEAK_HTTPS);
        yield fail(why, CloseReason.PLAIN_HTTP);
      }
      // A peer that speaks another protocol would not understand an alert.
      case PROXY_HEADER, SECOND_PROXY_HEADER, SSH, SMTP, FTP, SSL2, RECORD_WITHOUT_HELLO, NOT_TLS ->
          fail(why, CloseReason.HANDSHAKE_FAILED);
      case BAD_RECORD, NOT_CLIENT_HELLO ->
          refuse(Alert.UNEXPECTED_MESSAGE, why, CloseReason.HANDSHAKE_FAILED);
      case RECORD_TOO_LONG -> refuse(Alert.RECORD_OVERFLOW, why, CloseReason.HANDSHAKE_FAILED);
      case BAD_SERVER_NAME -> refuse(Alert.ILLEGAL_PARAMETER, why, CloseReason.HANDSHAKE_FAILED);
      case HELLO_TOO_LARGE, MALFORMED, DUPLICATE_EXTENSION ->
          refuse(Alert.DECODE_ERROR, why, CloseReason.HANDSHAKE_FAILED);
    };
  }

  /** Sends a fatal alert in plaintext, because no keys exist yet (RFC 8446 section 6). */
  private void alert(Alert alert) {
    say(new byte[] {ALERT, 3, 3, 0, 2, FATAL, (byte) alert.code()});
  }

  private void say(byte[] bytes) {
    try (Scratch scratch = worker.encrypted()) {
      scratch.buffer().put(0, bytes);
      // A failed write does not matter: the connection is closed in either case.
      boolean unused = client.write(scratch, 0, bytes.length);
    }
  }

  private Step outcome(TlsStream stream, TlsStream.Handshaking outcome) {
    return switch (outcome) {
      case WAIT -> Step.WAIT;
      case DONE -> {
        if (isChallenge) {
          yield validated(stream);
        }
        if (rateLimiter != null && stream.isResumed()) {
          rateLimiter.giveBack(client.tcp().peerAddress());
        }
        if (outlook != null) {
          outlook.onCertificate(stream.candidate());
          report(hello);
        }
        countStage(true);
        countGroup(stream);
        yield Step.SECURED;
      }
      case TASK -> {
        sign(stream);
        yield Step.AWAY;
      }
      case FAILED -> {
        TlsFailure why = stream.handshakeFailure();
        yield fail(
            why instanceof NotNegotiated ? explained(why) : why, CloseReason.HANDSHAKE_FAILED);
      }
    };
  }

  /** The handshake was the answer; RFC 8737 section 3: no data follows. */
  private Step validated(TlsStream stream) {
    stream.finishOutput(true);
    reason = CloseReason.ACME_CHALLENGE;
    failureLabel = reason.label();
    failure = "the name was validated in the handshake";
    return Step.FAILED;
  }

  /**
   * Judges the client as if it had no session, which explains a failed resumption if a full
   * handshake would be refused too.
   */
  private TlsFailure explained(TlsFailure why) {
    ClientHello offered = hello;
    return offered != null
            && layer.judge(
                    offered.withoutResumption(), client.tcp().peerAddress(), destination(offered))
                instanceof Verdict.Refuse refusal
        ? refusal.failure()
        : why;
  }

  private void sign(TlsStream stream) {
    Runnable task = stream.takeTask();
    signing = true;
    stream.signAside(
        () -> {
          task.run();
          signed = true;
          wake.run();
        });
  }

  @Override
  public boolean isHelloComplete() {
    return hello != null;
  }

  @Override
  public @Nullable Opening opening() {
    return hello;
  }

  @Override
  public ByteStream stream() {
    ByteStream stream = tls == null ? passedThrough : tls;
    if (stream == null) {
      throw new IllegalStateException("the handshake is not over");
    }
    return stream;
  }

  @Override
  public Protection protection() {
    ClientHello offered = hello;
    if (offered == null) {
      return Protection.NONE;
    }
    TlsStream stream = tls;
    return stream != null && stream.isEstablished()
        ? new Protection(
            worker.shared(stream.version()),
            worker.shared(stream.cipher()),
            worker.shared(stream.group()),
            stream.isResumed(),
            shared(offered.serverName()),
            shared(stream.alpn()),
            offered.alpn(),
            fingerprints.of(offered),
            certificate,
            stream.client(),
            outlook == null ? null : outlook.would(),
            unknownName,
            stream.isResumed() ? null : SignatureSchemes.name(signature),
            basis)
        : new Protection(
            "none",
            "none",
            "none",
            false,
            offered.serverName(),
            null,
            offered.alpn(),
            fingerprints.of(offered),
            certificate,
            stream == null ? null : stream.client(),
            outlook == null ? null : outlook.would(),
            unknownName,
            null,
            null);
  }

  private @Nullable String shared(@Nullable String value) {
    return value == null ? null : worker.shared(value);
  }

  @Override
  public CloseReason reason() {
    return reason;
  }

  @Override
  public String failure() {
    return failure;
  }

  @Override
  public Blame blame() {
    TlsFailure why = failed;
    return why == null ? reason.blame() : why.blame();
  }

  @Override
  public String fix() {
    TlsFailure why = failed;
    return why == null ? "" : why.fix();
  }

  @Override
  public String failureLabel() {
    return failureLabel;
  }

  @Override
  public void release() {
    // Also of a client that left or took too long: many clients refuse a certificate that way.
    if (reason != CloseReason.LIMITED) {
      countStage(false);
    }
    TlsStream stream = tls;
    if (stream != null) {
      stream.release();
    }
    ByteStream replay = passedThrough;
    if (replay != null) {
      replay.release();
    }
  }
}
