package io.terminator.tls.replay;

import io.terminator.tls.clienthello.ClientHello;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * What decides the answer to a ClientHello, and its fingerprint, as bytes: equal for two hellos of
 * one client. GREASE values, the order of extensions and a session to resume are left out, because
 * they differ from one connection to the next; so are the server name and the key shares. Writing
 * allocates nothing. One worker.
 */
final class HelloCode {
  private static final int PRE_SHARED_KEY = 41;
  private static final int EARLY_DATA = 42;

  /** A hello of a browser has 80 values. */
  private static final int MOST_VALUES = 400;

  private static final int MOST_ALPN = 1024;
  private static final IntPredicate ALL = value -> true;
  private static final IntPredicate LASTING = type -> type != PRE_SHARED_KEY && type != EARLY_DATA;

  private final byte[] bytes = new byte[ByteRecords.LONGEST];
  private int length;

  /** Of a hello that is too long to be written. */
  static final int TOO_LONG = -1;

  byte[] bytes() {
    return bytes;
  }

  /** Writes {@code hello} to a {@code listener}; returns the length, or {@link #TOO_LONG}. */
  int write(byte[] listener, ClientHello hello) {
    if (hello.cipherSuites().length
                + hello.extensions().length
                + hello.supportedVersions().length
                + hello.groups().length
                + hello.signatureAlgorithms().length
            > MOST_VALUES
        || listener.length > 255) {
      return TOO_LONG;
    }
    length = 0;
    bytes[length++] = (byte) listener.length;
    System.arraycopy(listener, 0, bytes, length, listener.length);
    length += listener.length;
    putShort(hello.legacyVersion());
    put(hello.supportedVersions(), ALL);
    put(hello.cipherSuites(), ALL);
    put(hello.groups(), ALL);
    put(hello.signatureAlgorithms(), ALL);
    int start = length + 2;
    put(hello.extensions(), LASTING);
    sort(start, length);
    int before = length;
    List<String> alpn = hello.alpn();
    for (int i = 0; i < alpn.size(); i++) {
      String protocol = alpn.get(i);
      if (length - before + protocol.length() + 1 > MOST_ALPN) {
        return TOO_LONG;
      }
      bytes[length++] = (byte) protocol.length();
      putText(protocol);
    }
    return length;
  }

  /** Writes a text of ISO 8859-1 after one byte {@code kind}; returns the length. */
  int write(byte kind, String text) {
    length = 0;
    bytes[length++] = kind;
    putText(text.length() > 255 ? text.substring(0, 255) : text);
    return length;
  }

  /** Writes {@code raw}, at most 255 bytes, after one byte {@code kind}; returns the length. */
  int write(byte kind, byte[] raw) {
    bytes[0] = kind;
    System.arraycopy(raw, 0, bytes, 1, raw.length);
    length = 1 + raw.length;
    return length;
  }

  private void putText(String text) {
    for (int i = 0; i < text.length(); i++) {
      bytes[length++] = (byte) text.charAt(i);
    }
  }

  private void put(int[] values, IntPredicate wanted) {
    int at = length;
    length += 2;
    for (int value : values) {
      if (!ClientHello.isGrease(value) && wanted.test(value)) {
        putShort(value);
      }
    }
    int count = (length - at - 2) / 2;
    bytes[at] = (byte) (count >> 8);
    bytes[at + 1] = (byte) count;
  }

  private void putShort(int value) {
    bytes[length++] = (byte) (value >> 8);
    bytes[length++] = (byte) value;
  }

  /** By insertion: a hello has some twenty extensions. */
  private void sort(int from, int to) {
    for (int i = from + 2; i < to; i += 2) {
      byte high = bytes[i];
      byte low = bytes[i + 1];
      int value = shortAt(bytes, i);
      int at = i;
      while (at > from && shortAt(bytes, at - 2) > value) {
        bytes[at] = bytes[at - 2];
        bytes[at + 1] = bytes[at - 1];
        at -= 2;
      }
      bytes[at] = high;
      bytes[at + 1] = low;
    }
  }

  static int shortAt(byte[] bytes, int at) {
    return (bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff;
  }

  /** The listener and the hello that were written as {@code code}; the hello names no server. */
  static Offer read(byte[] code) {
    Reader in = new Reader(code);
    String listener = in.text(in.next());
    int legacyVersion = in.nextShort();
    int[] versions = in.shorts();
    int[] ciphers = in.shorts();
    int[] groups = in.shorts();
    int[] signatures = in.shorts();
    int[] extensions = in.shorts();
    List<String> alpn = new ArrayList<>();
    while (in.at < code.length) {
      alpn.add(in.text(in.next()));
    }
    boolean hasKeyShare = Arrays.stream(extensions).anyMatch(type -> type == ClientHello.KEY_SHARE);
    return new Offer(
        listener,
        new ClientHello(
            legacyVersion,
            ciphers,
            extensions,
            versions,
            groups,
            hasKeyShare && groups.length > 0 ? new int[] {groups[0]} : new int[0],
            signatures,
            List.copyOf(alpn),
            null,
            false,
            false));
  }

  /** A hello to a listener. */
  record Offer(String listener, ClientHello hello) {}

  private static final class Reader {
    private final byte[] code;
    private int at;

    Reader(byte[] code) {
      this.code = code;
    }

    int next() {
      return code[at++] & 0xff;
    }

    int nextShort() {
      at += 2;
      return shortAt(code, at - 2);
    }

    int[] shorts() {
      int[] values = new int[nextShort()];
      for (int i = 0; i < values.length; i++) {
        values[i] = nextShort();
      }
      return values;
    }

    String text(int length) {
      at += length;
      return new String(code, at - length, length, StandardCharsets.ISO_8859_1);
    }
  }
}
