package io.terminator.scenarios;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Parses a complete ClientHello and writes a modified one with correct lengths (RFC 8446 section
 * 4.1.2).
 */
final class HelloForge {
  private record Extension(int type, byte[] body) {}

  private static final int RECORD_HEADER = 5;
  private static final int MESSAGE_HEADER = 4;

  private final byte[] beforeExtensions;
  private final List<Extension> extensions = new ArrayList<>();

  HelloForge(byte[] hello) {
    ByteBuffer in = ByteBuffer.wrap(hello).position(RECORD_HEADER + MESSAGE_HEADER);
    in.position(in.position() + 2 + 32);
    in.position(in.position() + 1 + in.get(in.position()));
    in.position(in.position() + 2 + in.getShort(in.position()));
    in.position(in.position() + 1 + in.get(in.position()));
    beforeExtensions =
        java.util.Arrays.copyOfRange(hello, RECORD_HEADER + MESSAGE_HEADER, in.position());
    in.getShort();
    while (in.hasRemaining()) {
      int type = in.getShort() & 0xFFFF;
      byte[] body = new byte[in.getShort() & 0xFFFF];
      in.get(body);
      extensions.add(new Extension(type, body));
    }
  }

  HelloForge without(int type) {
    extensions.removeIf(extension -> extension.type() == type);
    return this;
  }

  /** Inserted at the front, because a pre-shared key extension has to be the last one. */
  HelloForge with(int type, byte[] body) {
    extensions.add(0, new Extension(type, body));
    return this;
  }

  HelloForge named(byte[] name) {
    ByteBuffer body = ByteBuffer.allocate(5 + name.length);
    body.putShort((short) (name.length + 3)).put((byte) 0).putShort((short) name.length).put(name);
    return without(0).with(0, body.array());
  }

  HelloForge named(String name) {
    return named(name.getBytes(StandardCharsets.UTF_8));
  }

  /** In as many records as it takes. */
  byte[] bytes() {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (Extension extension : extensions) {
      all.writeBytes(
          ByteBuffer.allocate(4)
              .putShort((short) extension.type())
              .putShort((short) extension.body().length)
              .array());
      all.writeBytes(extension.body());
    }
    byte[] extended = all.toByteArray();
    int length = beforeExtensions.length + 2 + extended.length;
    ByteBuffer message = ByteBuffer.allocate(MESSAGE_HEADER + length);
    message.putInt(0x01000000 | length).put(beforeExtensions);
    message.putShort((short) extended.length).put(extended);
    ByteArrayOutputStream records = new ByteArrayOutputStream();
    for (int at = 0; at < message.capacity(); at += 16_000) {
      int size = Math.min(16_000, message.capacity() - at);
      records.writeBytes(
          ByteBuffer.allocate(RECORD_HEADER)
              .put((byte) 22)
              .putShort((short) 0x0301)
              .putShort((short) size)
              .array());
      records.write(message.array(), at, size);
    }
    return records.toByteArray();
  }
}
