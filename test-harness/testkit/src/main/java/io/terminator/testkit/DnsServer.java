package io.terminator.testkit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A name server on the loopback interface, over UDP (RFC 1035): IPv4 addresses of the names it was told, NXDOMAIN for
 * others. It can be made to fail or to be silent.
 */
public final class DnsServer implements AutoCloseable {

  /** What becomes of questions. */
  public enum Mood {
    ANSWERS,
    /** SERVFAIL. */
    FAILS,
    SILENT
  }

  private static final int LARGEST = 512;
  private static final int TYPE_A = 1;
  private static final int NO_ERROR = 0x8180;
  private static final int SERVER_FAILURE = 0x8182;
  private static final int NO_SUCH_NAME = 0x8183;

  private final DatagramSocket socket;
  private final Thread thread;
  private final int secondsToLive;
  private final Map<String, List<InetAddress>> names = new ConcurrentHashMap<>();
  private final AtomicInteger questions = new AtomicInteger();
  private volatile Mood mood = Mood.ANSWERS;

  private DnsServer(int secondsToLive) {
    try {
      this.socket = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot listen for DNS", e);
    }
    this.secondsToLive = secondsToLive;
    this.thread = new Thread(this::serve, "dns-" + socket.getLocalPort());
    thread.setDaemon(true);
  }

  /** Answers may be believed for {@code secondsToLive}. */
  public static DnsServer start(int secondsToLive) {
    DnsServer server = new DnsServer(secondsToLive);
    server.thread.start();
    return server;
  }

  /** {@code name} has these IPv4 addresses from now on. */
  public void put(String name, String... addresses) {
    names.put(
        name,
        java.util.Arrays.stream(addresses)
            .map(
                address -> {
                  try {
                    return InetAddress.getByName(address);
                  } catch (IOException e) {
                    throw new UncheckedIOException(address, e);
                  }
                })
            .toList());
  }

  public void mood(Mood next) {
    mood = next;
  }

  /** Questions for an IPv4 address so far. */
  public int questions() {
    return questions.get();
  }

  public String hostAndPort() {
    return "127.0.0.1:" + socket.getLocalPort();
  }

  @Override
  public void close() {
    socket.close();
  }

  private void serve() {
    byte[] buffer = new byte[LARGEST];
    while (!socket.isClosed()) {
      DatagramPacket question = new DatagramPacket(buffer, buffer.length);
      try {
        socket.receive(question);
        byte[] answer = answer(ByteBuffer.wrap(buffer, 0, question.getLength()));
        if (mood != Mood.SILENT) {
          socket.send(new DatagramPacket(answer, answer.length, question.getSocketAddress()));
        }
      } catch (IOException closed) {
        // Either closed, or one packet is lost, which is what UDP is like.
      }
    }
  }

  private byte[] answer(ByteBuffer question) {
    short id = question.getShort();
    question.position(12);
    StringBuilder name = new StringBuilder();
    for (int length = question.get(); length > 0; length = question.get()) {
      byte[] label = new byte[length];
      question.get(label);
      name.append(name.isEmpty() ? "" : ".").append(new String(label, StandardCharsets.US_ASCII));
    }
    int type = question.getShort();
    question.getShort();
    byte[] asked = new byte[question.position() - 12];
    question.get(12, asked);

    List<InetAddress> known = names.get(name.toString().toLowerCase(Locale.ROOT));
    List<InetAddress> told =
        mood == Mood.FAILS || known == null || type != TYPE_A ? List.of() : known;
    if (type == TYPE_A) {
      questions.incrementAndGet();
    }
    int flags = mood == Mood.FAILS ? SERVER_FAILURE : known == null ? NO_SUCH_NAME : NO_ERROR;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    put16(out, id);
    put16(out, flags);
    put16(out, 1);
    put16(out, told.size());
    put16(out, 0);
    put16(out, 0);
    out.writeBytes(asked);
    for (InetAddress address : told) {
      put16(out, 0xc00c);
      put16(out, TYPE_A);
      put16(out, 1);
      put16(out, 0);
      put16(out, secondsToLive);
      put16(out, 4);
      out.writeBytes(address.getAddress());
    }
    return out.toByteArray();
  }

  private static void put16(ByteArrayOutputStream out, int value) {
    out.write(value >>> 8);
    out.write(value);
  }
}
