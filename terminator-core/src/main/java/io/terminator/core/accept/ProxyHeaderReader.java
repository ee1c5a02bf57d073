package io.terminator.core.accept;

import io.terminator.core.chain.ByteStream;
import io.terminator.core.chain.ProxiedClient;
import io.terminator.core.chain.ProxyHeaderDecoder;
import io.terminator.core.chain.StreamEvents;
import io.terminator.core.chain.TcpStream;
import io.terminator.core.flow.Connection;
import io.terminator.core.flow.Slot;
import io.terminator.core.frame.Scratch;
import io.terminator.core.phase.CloseReason;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Reads the PROXY header of a trusted proxy; then admission control checks the client that the header names. No byte behind
 * the header is lost. Worker thread only.
 */
final class ProxyHeaderReader implements StreamEvents {
  private final Connection connection;
  private final TcpStream socket;
  private final Duration timeout;
  private final ClientCheck clientCheck;
  private final ProxyHeaderDecoder decoder = new ProxyHeaderDecoder();
  private @Nullable Runnable next;

  /** The first part of a header that arrives in several segments. */
  private byte @Nullable [] begun;

  /** Admission control of the client that the header names. */
  interface ClientCheck {
    Admission.Result of(InetSocketAddress client, @Nullable Slot slot);
  }

  ProxyHeaderReader(Connection connection, Duration timeout, ClientCheck clientCheck) {
    this.connection = connection;
    this.socket = connection.clientSocket();
    this.timeout = timeout;
    this.clientCheck = clientCheck;
  }

  void begin(Runnable then) {
    next = then;
    socket.attach(this);
    connection.arm(timeout, this::onDeadline);
    step();
  }

  private void step() {
    if (connection.isClosed() || next == null) {
      return;
    }
    Scratch received = connection.worker().received();
    int fresh = socket.read(received);
    if (fresh == ByteStream.WOULD_BLOCK) {
      socket.gate().start();
    } else if (fresh < 0) {
      boolean silent = begun == null && fresh == ByteStream.END;
      end(
          silent ? CloseReason.PROBE : CloseReason.PROXY_HEADER_INVALID,
          "the peer closed before its PROXY header was complete");
    } else {
      decode(received.buffer(), fresh);
    }
  }

  private void decode(ByteBuffer received, int fresh) {
    byte[] before = begun;
    ByteBuffer whole = received;
    int length = fresh;
    if (before != null) {
      // Nothing else of this connection exists yet: the scratch is free.
      whole = connection.worker().plain().buffer();
      whole.put(0, before);
      whole.put(before.length, received, 0, fresh);
      length += before.length;
    }
    switch (decoder.decode(whole, length)) {
      case NEED_MORE -> {
        byte[] kept = new byte[length];
        whole.get(0, kept);
        begun = kept;
        socket.gate().start();
      }
      case REFUSED -> end(CloseReason.PROXY_HEADER_INVALID, decoder.problem());
      case COMPLETE -> complete(whole, length);
    }
  }

  private void complete(ByteBuffer whole, int length) {
    begun = null;
    ProxiedClient proxied = decoder.proxiedClient();
    if (length > decoder.length()) {
      socket.unread(whole, decoder.length(), length);
    }
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
    Runnable then = next;
    next = null;
    if (then != null) {
      then.run();
    }
  }

  private void onDeadline() {
    end(CloseReason.PROXY_HEADER_TIMEOUT, "no complete PROXY header within " + timeout);
  }

  private void end(CloseReason reason, String detail) {
    next = null;
    connection.end(reason, detail);
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
