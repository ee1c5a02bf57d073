package io.terminator.core.http.h2;

import io.terminator.core.frame.Scratch;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Writes down what a reader reports, with the parts of a DATA frame joined. */
final class RecordedFrames implements FrameReader.Receiver {
  final List<String> events = new ArrayList<>();
  private final StringBuilder data = new StringBuilder();
  private int flow;

  @Override
  public void onData(int stream, int length) {
    finishData(false);
    data.append("data ").append(stream).append(' ').append(length).append(' ');
    flow = stream;
  }

  @Override
  public void onDataBytes(int stream, Scratch bytes, int from, int to, boolean end) {
    data.append(text(bytes.buffer(), from, to));
    if (stream != flow) {
      events.add("bytes of stream " + stream + " within stream " + flow);
    }
    if (end) {
      finishData(true);
    }
  }

  private void finishData(boolean end) {
    if (!data.isEmpty()) {
      events.add(data + (end ? " end" : ""));
      data.setLength(0);
    }
  }

  @Override
  public void onHeaders(
      int stream,
      boolean end,
      int dependsOn,
      ByteBuffer source,
      int from,
      int to,
      boolean complete,
      Scratch bytes) {
    add(
        "headers "
            + stream
            + " "
            + end
            + " "
            + dependsOn
            + " "
            + text(source, from, to)
            + " "
            + complete);
  }

  @Override
  public void onContinuation(
      int stream, ByteBuffer source, int from, int to, boolean complete, Scratch bytes) {
    add("continuation " + stream + " " + text(source, from, to) + " " + complete);
  }

  @Override
  public void onPriority(int stream, int dependsOn) {
    add("priority " + stream + " " + dependsOn);
  }

  @Override
  public void onReset(int stream, long code) {
    add("reset " + stream + " " + code);
  }

  @Override
  public void onSettings(ByteBuffer source, int from, int to) {
    StringBuilder text = new StringBuilder("settings");
    for (int at = from; at < to; at += 6) {
      text.append(' ').append(source.getShort(at)).append('=').append(source.getInt(at + 2));
    }
    add(text.toString());
  }

  @Override
  public void onSettingsAck() {
    add("settings ack");
  }

  @Override
  public void onPing(boolean ack, long opaque) {
    add("ping " + ack + " " + opaque);
  }

  @Override
  public void onGoAway(int lastStream, long code) {
    add("goaway " + lastStream + " " + code);
  }

  @Override
  public void onWindowUpdate(int stream, int increment) {
    add("window " + stream + " " + increment);
  }

  @Override
  public void onPriorityUpdate(int stream, ByteBuffer source, int from, int to) {
    add("priority-update " + stream + " " + text(source, from, to));
  }

  @Override
  public void onUnknown(int type) {
    add("unknown " + type);
  }

  @Override
  public void onViolation(int stream, Violation violation) {
    add("violation " + stream + " " + violation);
  }

  private void add(String event) {
    finishData(false);
    events.add(event);
  }

  private static String text(ByteBuffer source, int from, int to) {
    byte[] bytes = new byte[to - from];
    source.get(from, bytes);
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }
}
