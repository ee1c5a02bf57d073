package io.terminator.core.connection;

import io.terminator.core.chain.BackendLayer;
import io.terminator.core.chain.BackendSession;
import io.terminator.core.chain.ByteStream;
import io.terminator.core.chain.LayerSession;
import io.terminator.core.chain.Protection;
import io.terminator.core.chain.ProtocolLayer;
import io.terminator.core.chain.StreamLayer;
import io.terminator.core.frame.Scratch;
import io.terminator.core.phase.CloseReason;
import java.util.function.Consumer;

/**
 * The smallest protocol with all features that the relay distinguishes: a byte that ends the stream
 * as close_notify does, a forbidden byte, and therefore a FIN that truncates. All other bytes are
 * plain data.
 */
final class MarkedStream extends StreamLayer {
  static final int CLEAN_END = 255;
  static final int VIOLATION = 254;

  private int inputEnd = WOULD_BLOCK;
  private boolean outputFinished;

  private MarkedStream(ByteStream below) {
    super(below);
  }

  /** {@code onBegin} receives each client's socket before anything else. */
  static ProtocolLayer towardsClients(Consumer<ByteStream> onBegin) {
    return (client, wake) -> {
      onBegin.accept(client);
      return new Session(new MarkedStream(client));
    };
  }

  static BackendLayer towardsServers() {
    return (socket, server, client) -> new Session(new MarkedStream(socket));
  }

  @Override
  public int read(Scratch target, int at, int most) {
    if (inputEnd != WOULD_BLOCK) {
      return inputEnd;
    }
    int received = below.read(target, at, most);
    if (received == END) {
      inputEnd = TRUNCATED;
    }
    if (received <= 0) {
      return received == END ? TRUNCATED : received;
    }
    for (int i = 0; i < received; i++) {
      int sign = target.buffer().get(at + i) & 0xFF;
      if (sign >= VIOLATION) {
        inputEnd = sign == CLEAN_END ? END : PROTOCOL_ERROR;
        return i == 0 ? inputEnd : i;
      }
    }
    return received;
  }

  @Override
  public boolean hasBufferedInput() {
    return inputEnd != WOULD_BLOCK;
  }

  @Override
  public boolean write(Scratch source, int from, int to) {
    return !outputFinished && below.write(source, from, to);
  }

  @Override
  public void finishOutput(boolean closing) {
    if (!outputFinished) {
      outputFinished = true;
      boolean written;
      try (Scratch scratch = below.worker().encrypted()) {
        scratch.buffer().put(0, (byte) CLEAN_END);
        written = below.write(scratch, 0, 1);
      }
      if (written) {
        below.finishOutput(closing);
      }
    }
  }

  @Override
  public String failure() {
    return "a forbidden byte";
  }

  @Override
  public void release() {
    // Nothing is held outside the heap.
  }

  private record Session(MarkedStream marked) implements LayerSession, BackendSession {
    @Override
    public Step advance() {
      return Step.SECURED;
    }

    @Override
    public boolean isHelloComplete() {
      return true;
    }

    @Override
    public ByteStream stream() {
      return marked;
    }

    @Override
    public Protection protection() {
      return Protection.NONE;
    }

    @Override
    public CloseReason reason() {
      return CloseReason.HANDSHAKE_FAILED;
    }

    @Override
    public String failure() {
      return "";
    }

    @Override
    public String failureLabel() {
      return "";
    }

    @Override
    public void release() {
      // Nothing is held outside the heap.
    }
  }
}
