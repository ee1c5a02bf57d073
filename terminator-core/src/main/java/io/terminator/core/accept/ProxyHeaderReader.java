package io.terminator.core.accept;

import io.terminator.core.chain.ByteStream;
import io.terminator.core.chain.ProxiedClient;
import io.terminator.core.chain.ProxyHeaderDecoder;
import io.terminator.core.chain.StreamEvents;
import io.terminator.core.chain.TcpStream;
import io.terminator.core.flow.Connection;
import io.terminator.core.flow.Next;
import io.terminator.core.flow.Slot;
import io.terminator.core.frame.Scratch;
import io.terminator.core.phase.CloseReason;
import io.terminator.core.phase.Failed;
import io.terminator.core.setting.TimeSpan;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Reads the PROXY header of a trusted proxy, then runs admission control for the client that the
 * header names. Bytes after the header are kept. Worker thread only.
 */
final class ProxyHeaderReader implements StreamEvents {
  private final Connection connection;
  private final TcpStream socket;
  private final Duration timeout;
  private final ClientCheck clientCheck;
  private final ProxyHeaderDecoder decoder = new ProxyHeaderDecoder();
  private @Nullable Next<Accepted> next;

  /** The first part of a header that arrives in several segments. */
  private byte @Nullable [] begun;

  /** Admission control of the client that the header names. */
  interface ClientCheck {
    Admission.Result of(InetSocketAddress client, Slot slot);
  }

  ProxyHeaderReader(Connection connection, Duration timeout, ClientCheck clientCheck) {
    this.connection = connection;
    this.socket = connection.clientSocket();
    this.timeout = timeout;
    this.clientCheck = clientCheck;
  }

  void begin(Next<Accepted> then) {
    next = then;
    socket.attach(this);
    connection.arm(timeout, this::onDeadline);
    step();
  }

  private void step() {
    if (connection.isClosed() || next == null) {
      return;
    }
    int fresh;
    ProxyHeaderDecoder.Outcome outcome = ProxyHeaderDecoder.Outcome.NEED_MORE;
    try (Scratch received = connection.worker().received()) {
      fresh = socket.read(received);
      if (fresh > 0) {
        outcome = decode(received.buffer(), fresh);
      }
    }
    if (fresh == ByteStream.WOULD_BLOCK) {
      socket.gate().start();
    } else if (fresh < 0) {
      boolean silent = begun == null && fresh == ByteStream.END;
      end(
          silent ? CloseReason.PROBE : CloseReason.PROXY_HEADER_INVALID,
          "the peer closed before its PROXY header was complete");
    } else {
      switch (outcome) {
        case NEED_MORE -> socket.gate().start();
        case REFUSED -> end(CloseReason.PROXY_HEADER_INVALID, decoder.problem());
        case COMPLETE -> complete();
      }
    }
  }

  private ProxyHeaderDecoder.Outcome decode(ByteBuffer received, int fresh) {
    byte[] before = begun;
    if (before == null) {
      return decodeWhole(received, fresh);
    }
    try (Scratch plain = connection.worker().plain()) {
      ByteBuffer whole = plain.buffer();
      whole.put(0, before);
      whole.put(before.length, received, 0, fresh);
      return decodeWhole(whole, before.length + fresh);
    }
  }

  private ProxyHeaderDecoder.Outcome decodeWhole(ByteBuffer whole, int length) {
    ProxyHeaderDecoder.Outcome outcome = decoder.decode(whole, length);
    if (outcome == ProxyHeaderDecoder.Outcome.NEED_MORE) {
      byte[] kept = new byte[length];
      whole.get(0, kept);
      begun = kept;
    } else if (outcome == ProxyHeaderDecoder.Outcome.COMPLETE && length > decoder.length()) {
      socket.unread(whole, decoder.length(), length);
    }
    return outcome;
  }

  private void complete() {
    begun = null;
    ProxiedClient proxied = decoder.proxiedClient();
    connection.toProxied(proxied);
    InetSocketAddress client = proxied.source();
    if (client != null) {
      Admission.Result result = clientCheck.of(client, connection.admissionSlot());
      CloseReason refusal = result.reason();
      if (refusal != null) {
        end(refusal, "");
        return;
      }
      connection.admitted(result.slot());
    }
    Next<Accepted> then = next;
    next = null;
    if (then != null) {
      then.onValue(new Accepted(connection, null));
    }
  }

  private void onDeadline() {
    end(
        CloseReason.PROXY_HEADER_TIMEOUT,
        "no complete PROXY header within " + TimeSpan.spell(timeout));
  }

  private void end(CloseReason reason, String detail) {
    Next<Accepted> then = next;
    next = null;
    if (then != null) {
      then.onFailed(connection, new Failed(reason, detail));
    }
  }

  @Override
  public void onReadable() {
    step();
  }

  @Override
  public void onWritable() {
    // Nothing is written before the handshake.
  }

  @Override
  public void onHangUp() {
    end(CloseReason.PROXY_HEADER_INVALID, "reset by the peer before its PROXY header was complete");
  }

  @Override
  public void onFault(Throwable fault) {
    next = null;
    connection.fault(fault);
  }
}
