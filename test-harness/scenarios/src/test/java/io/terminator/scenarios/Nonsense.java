package io.terminator.scenarios;

import io.terminator.testkit.Deterministic;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Input that is not a ClientHello; {@code answer} is the beginning of the expected answer: the
 * record of an alert, a line of HTTP, or nothing.
 */
record Nonsense(String name, byte[] bytes, byte[] answer) {
  private static final byte[] UNEXPECTED_MESSAGE = alert(10);
  private static final byte[] RECORD_OVERFLOW = alert(22);
  private static final byte[] ILLEGAL_PARAMETER = alert(47);
  private static final byte[] DECODE_ERROR = alert(50);
  private static final byte[] HTTP = ascii("HTTP/1.1 400 ");
  private static final byte[] NOTHING = {};

  /** All kinds of such input; some are {@code hello}, changed so that it is no longer valid. */
  static List<Nonsense> inPlaceOf(byte[] hello) {
    return List.of(
        new Nonsense("a name with a NUL", named(hello, "a\u0000b"), ILLEGAL_PARAMETER),
        new Nonsense("a name of 300 bytes", named(hello, "a".repeat(300)), ILLEGAL_PARAMETER),
        new Nonsense("a name in no ASCII", named(hello, "b\u00fccher.example"), ILLEGAL_PARAMETER),
        new Nonsense("an empty name", named(hello, ""), DECODE_ERROR),
        new Nonsense(
            "an extension twice",
            new HelloForge(hello).with(0xFFAA, new byte[1]).with(0xFFAA, new byte[1]).bytes(),
            DECODE_ERROR),
        new Nonsense(
            "a protocol without a name",
            new HelloForge(hello).without(16).with(16, new byte[] {0, 1, 0}).bytes(),
            DECODE_ERROR),
        new Nonsense(
            "protocols longer than their list",
            new HelloForge(hello).without(16).with(16, new byte[] {0, 9, 2, 'h', '2'}).bytes(),
            DECODE_ERROR),
        new Nonsense(
            "no protocols",
            new HelloForge(hello).without(16).with(16, new byte[2]).bytes(),
            DECODE_ERROR),
        new Nonsense(
            "no groups",
            new HelloForge(hello).without(10).with(10, new byte[2]).bytes(),
            DECODE_ERROR),
        new Nonsense(
            "a byte behind the protocols",
            new HelloForge(hello).without(16).with(16, new byte[] {0, 3, 2, 'h', '2', 0}).bytes(),
            DECODE_ERROR),
        new Nonsense(
            "a hello of 40 KiB",
            new HelloForge(hello).with(21, new byte[40_000]).bytes(),
            DECODE_ERROR),
        new Nonsense("an empty record", new byte[] {22, 3, 1, 0, 0}, UNEXPECTED_MESSAGE),
        new Nonsense(
            "a record too long", new byte[] {22, 3, 1, (byte) 0xFF, (byte) 0xFF}, RECORD_OVERFLOW),
        new Nonsense(
            "a version nobody has", new byte[] {22, 9, 9, 0, 5, 1, 0, 0, 1, 0}, UNEXPECTED_MESSAGE),
        new Nonsense(
            "a ServerHello", new byte[] {22, 3, 1, 0, 5, 2, 0, 0, 1, 0}, UNEXPECTED_MESSAGE),
        new Nonsense(
            "another record within the hello",
            new byte[] {22, 3, 1, 0, 2, 1, 0, 23, 3, 3, 0, 1, 1},
            UNEXPECTED_MESSAGE),
        new Nonsense("application data", new byte[] {23, 3, 3, 0, 2, 1, 2}, NOTHING),
        new Nonsense("an alert", new byte[] {21, 3, 1, 0, 2, 1, 0}, NOTHING),
        new Nonsense("SSH", ascii("SSH-2.0-OpenSSH_9.6\r\n"), NOTHING),
        new Nonsense("plain HTTP", ascii("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), HTTP),
        new Nonsense("SMTP", ascii("EHLO mail.example\r\n"), NOTHING),
        new Nonsense(
            "a PROXY header", ascii("PROXY TCP4 192.0.2.1 192.0.2.2 5555 443\r\n"), NOTHING),
        new Nonsense(
            "SSL 2",
            new byte[] {(byte) 0x80, 0x2e, 1, 3, 1, 0, 0x15, 0, 0, 0, 0x10, 1, 0},
            NOTHING),
        new Nonsense("noise", Deterministic.bytes(77, 4_000), NOTHING));
  }

  private static byte[] named(byte[] hello, String name) {
    return new HelloForge(hello).named(name).bytes();
  }

  private static byte[] alert(int description) {
    return new byte[] {21, 3, 3, 0, 2, 2, (byte) description};
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
