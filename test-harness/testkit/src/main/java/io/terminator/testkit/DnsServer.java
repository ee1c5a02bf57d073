package io.terminator.testkit;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A name server on the loopback interface over UDP and TCP (RFC 1035): it returns the IPv4
 * addresses of the configured names, and NXDOMAIN for others. It can be made to fail or to be
 * silent.
 */
public final class DnsServer implements AutoCloseable {

  /** How queries are answered. */
  public enum Mood {
    ANSWERS,
    /** SERVFAIL. */
    FAILS,
    SILENT,
    /** Sends the TC bit and the first address over UDP, and the whole answer over TCP. */
    TRUNCATES,
    /** Queries for IPv6 addresses are answered only by {@link #release}. */
    HOLDS_IPV6,
    /** All queries are answered only by {@link #release}. */
    HOLDS
  }

  private static final int LARGEST = 512;
  private static final int TRUNCATED = 0x0200;
  private static final int TYPE_AAAA = 28;
  private static final int TYPE_A = 1;
  private static final int TYPE_TXT = 16;
  private static final int NO_ERROR = 0x8180;
  private static final int SERVER_FAILURE = 0x8182;
  private static final int NO_SUCH_NAME = 0x8183;

  private final DatagramSocket socket;
  private final ServerSocket listening;
  private final Thread thread;
  private final Thread overTcp;
  private final long secondsToLive;
  private final List<DatagramPacket> held = new CopyOnWriteArrayList<>();
  private final Map<String, List<InetAddress>> names = new ConcurrentHashMap<>();
  private final Map<String, List<String>> texts = new ConcurrentHashMap<>();
  private final AtomicInteger questions = new AtomicInteger();
  private volatile Mood mood = Mood.ANSWERS;

  private DnsServer(long secondsToLive) {
    try {
      this.listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
      this.socket =
          new DatagramSocket(
              new InetSocketAddress(InetAddress.getLoopbackAddress(), listening.getLocalPort()));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot listen for DNS", e);
    }
    this.secondsToLive = secondsToLive;
    this.thread = new Thread(this::serve, "dns-" + socket.getLocalPort());
    thread.setDaemon(true);
    this.overTcp = new Thread(this::serveTcp, "dns-tcp-" + socket.getLocalPort());
    overTcp.setDaemon(true);
  }

  /** The time to live of answers in seconds, a number of 32 bits. */
  public static DnsServer start(long secondsToLive) {
    DnsServer server = new DnsServer(secondsToLive);
    server.thread.start();
    server.overTcp.start();
    return server;
  }

  /** Answers the queries held back, in order. */
  public void release() {
    mood = Mood.ANSWERS;
    held.forEach(this::send);
    held.clear();
  }

  /** How many answers wait for {@link #release}. */
  public int held() {
    return held.size();
  }

  /** Sets the IPv4 addresses of {@code name}. */
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

  /** {@code name} has these TXT records from now on, each of up to 255 characters. */
  public void text(String name, List<String> values) {
    texts.put(name.toLowerCase(Locale.ROOT), List.copyOf(values));
  }

  /** The TXT records of {@code name}. */
  public List<String> texts(String name) {
    return texts.getOrDefault(name.toLowerCase(Locale.ROOT), List.of());
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
    try {
      listening.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close " + listening, e);
    }
  }

  private void serveTcp() {
    while (!listening.isClosed()) {
      try (Socket peer = listening.accept()) {
        DataInputStream in = new DataInputStream(peer.getInputStream());
        byte[] question = in.readNBytes(in.readUnsignedShort());
        byte[] answer = answer(ByteBuffer.wrap(question), false);
        DataOutputStream out = new DataOutputStream(peer.getOutputStream());
        out.writeShort(answer.length);
        out.write(answer);
      } catch (IOException closed) {
        // Either closed, or the client is gone.
      }
    }
  }

  private void send(DatagramPacket packet) {
    try {
      socket.send(packet);
    } catch (IOException lost) {
      // One packet is lost, which is what UDP is like.
    }
  }

  private void serve() {
    byte[] buffer = new byte[LARGEST];
    while (!socket.isClosed()) {
      DatagramPacket question = new DatagramPacket(buffer, buffer.length);
      try {
        socket.receive(question);
        byte[] answer = answer(ByteBuffer.wrap(buffer, 0, question.getLength()), true);
        DatagramPacket packet =
            new DatagramPacket(answer, answer.length, question.getSocketAddress());
        boolean six = mood == Mood.HOLDS_IPV6 && isForIpv6(buffer, question.getLength());
        if (six || mood == Mood.HOLDS) {
          held.add(packet);
        } else if (mood != Mood.SILENT) {
          send(packet);
        }
      } catch (IOException closed) {
        // Either closed, or one packet is lost, which is what UDP is like.
      }
    }
  }

  private static boolean isForIpv6(byte[] question, int length) {
    int at = 12;
    while (at < length && question[at] != 0) {
      at += question[at] + 1;
    }
    return question[at + 2] == TYPE_AAAA;
  }

  private byte[] answer(ByteBuffer question, boolean udp) {
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
    boolean truncated = udp && mood == Mood.TRUNCATES && told.size() > 1;
    if (truncated) {
      told = told.subList(0, 1);
    }
    List<String> written =
        type == TYPE_TXT
            ? texts.getOrDefault(name.toString().toLowerCase(Locale.ROOT), List.of())
            : List.of();
    int flags =
        mood == Mood.FAILS
            ? SERVER_FAILURE
            : known == null && written.isEmpty() ? NO_SUCH_NAME : NO_ERROR;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    put16(out, id);
    put16(out, truncated ? flags | TRUNCATED : flags);
    put16(out, 1);
    put16(out, told.size() + written.size());
    put16(out, 0);
    put16(out, 0);
    out.writeBytes(asked);
    for (InetAddress address : told) {
      put16(out, 0xc00c);
      put16(out, TYPE_A);
      put16(out, 1);
      put16(out, (int) (secondsToLive >>> 16));
      put16(out, (int) secondsToLive);
      put16(out, 4);
      out.writeBytes(address.getAddress());
    }
    for (String text : written) {
      byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
      put16(out, 0xc00c);
      put16(out, TYPE_TXT);
      put16(out, 1);
      put16(out, 0);
      put16(out, 0);
      put16(out, bytes.length + 1);
      out.write(bytes.length);
      out.writeBytes(bytes);
    }
    return out.toByteArray();
  }

  private static void put16(ByteArrayOutputStream out, int value) {
    out.write(value >>> 8);
    out.write(value);
  }
}
