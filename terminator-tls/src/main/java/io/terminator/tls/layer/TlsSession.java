package io.terminator.tls.layer;

import io.terminator.core.chain.ByteStream;
import io.terminator.core.chain.LayerSession;
import io.terminator.core.chain.Protection;
import io.terminator.core.chain.TcpStream;
import io.terminator.core.frame.Scratch;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.worker.Worker;
import io.terminator.tls.engine.TlsContext;
import io.terminator.tls.engine.TlsStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

final class TlsSession implements LayerSession {
  private final TlsContext context;
  private final TcpStream socket;
  private final Worker worker;
  private @Nullable TlsStream stream;
  private boolean started;
  private CloseReason reason = CloseReason.HANDSHAKE_FAILED;
  private String failure = "";
  private Protection protection = Protection.NONE;

  TlsSession(TlsContext context, TcpStream socket) {
    this.context = context;
    this.socket = socket;
    this.worker = socket.worker();
  }

  @Override
  public Step advance() {
    Scratch source = worker.received();
    int received = socket.receive(source);
    if (received == ByteStream.WOULD_BLOCK) {
      return Step.WAIT;
    }
    if (received < 0) {
      reason = started ? CloseReason.HANDSHAKE_ABORTED : CloseReason.PROBE;
      return Step.FAILED;
    }
    started = true;
    TlsStream s = stream;
    if (s == null) {
      s = context.newStream(socket);
      stream = s;
    }
    return switch (s.handshake(source.address(), received)) {
      case WAIT, TASK -> Step.WAIT;
      case FAILED -> {
        failure = s.failure();
        yield Step.FAILED;
      }
      case DONE -> {
        protection =
            new Protection(
                s.version(), s.cipher(), s.group(), s.isResumed(), null, s.alpn(), List.of(), null, null);
        yield Step.SECURED;
      }
    };
  }

  @Override
  public boolean isHelloComplete() {
    return started;
  }

  @Override
  public ByteStream stream() {
    TlsStream s = stream;
    if (s == null) {
      throw new IllegalStateException("not secured");
    }
    return s;
  }

  @Override
  public Protection protection() {
    return protection;
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
  public String failureLabel() {
    return "";
  }

  @Override
  public void release() {
    TlsStream s = stream;
    if (s != null) {
      s.release();
    }
  }
}
