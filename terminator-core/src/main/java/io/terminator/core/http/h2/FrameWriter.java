package io.terminator.core.http.h2;

import java.nio.ByteBuffer;

/** Writes frames at a position of a buffer. Methods return the position after what they wrote. */
final class FrameWriter {
  private FrameWriter() {}

  /** The header of a frame whose payload of {@code length} bytes follows it. */
  static int header(ByteBuffer target, int at, int length, int type, int flags, int stream) {
    target.putInt(at, length << 8 | type);
    target.put(at + 4, (byte) flags);
    target.putInt(at + 5, stream);
    return at + FrameReader.HEADER;
  }

  static int reset(ByteBuffer target, int at, int stream, ErrorCode code) {
    int payload = header(target, at, 4, FrameType.RST_STREAM, 0, stream);
    target.putInt(payload, code.code());
    return payload + 4;
  }

  static int windowUpdate(ByteBuffer target, int at, int stream, int increment) {
    int payload = header(target, at, 4, FrameType.WINDOW_UPDATE, 0, stream);
    target.putInt(payload, increment);
    return payload + 4;
  }

  static int ping(ByteBuffer target, int at, boolean ack, long opaque) {
    int payload = header(target, at, 8, FrameType.PING, ack ? FrameType.ACK : 0, 0);
    target.putLong(payload, opaque);
    return payload + 8;
  }

  static int goAway(ByteBuffer target, int at, int lastStream, ErrorCode code) {
    int payload = header(target, at, 8, FrameType.GOAWAY, 0, 0);
    target.putInt(payload, lastStream);
    target.putInt(payload + 4, code.code());
    return payload + 8;
  }

  /** {@code settings} alternates identifiers and values. */
  static int settings(ByteBuffer target, int at, int... settings) {
    int position = header(target, at, settings.length * 3, FrameType.SETTINGS, 0, 0);
    for (int i = 0; i < settings.length; i += 2) {
      target.putShort(position, (short) settings[i]);
      target.putInt(position + 2, settings[i + 1]);
      position += 6;
    }
    return position;
  }

  static int settingsAck(ByteBuffer target, int at) {
    return header(target, at, 0, FrameType.SETTINGS, FrameType.ACK, 0);
  }
}
