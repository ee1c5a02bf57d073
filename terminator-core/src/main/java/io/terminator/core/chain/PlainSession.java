package io.terminator.core.chain;

import io.terminator.core.phase.CloseReason;

/** The empty chain: secured before any byte is read. */
final class PlainSession implements LayerSession {
  private final ByteStream client;

  PlainSession(ByteStream client) {
    this.client = client;
  }

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
    return client;
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
    // Nothing to release.
  }
}
