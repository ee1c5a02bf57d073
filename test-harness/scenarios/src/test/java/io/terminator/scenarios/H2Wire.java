package io.terminator.scenarios;

import io.terminator.testkit.H2Client;
import io.terminator.testkit.SocketPeer;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/2 connection of either side, whose streams are {@link Wire wires}. A thread of its own
 * reads; a stream whose data nobody takes gets no window.
 */
final class H2Wire implements AutoCloseable {
  private static final int FIRST_WINDOW = 65_535;
  private static final int LARGEST_FRAME = 16_384;
  private static final long PATIENCE_SECONDS = 90;
  private static final String CLOSED_HERE = "closed here";

  private final H2Client frames;
  private final boolean client;
  private final int window;
  private final Consumer<Stream> onStream;
  private final Map<Integer, Stream> streams = new HashMap<>();

  /** Written by a thread of its own: a reader that writes would stop when its peer does. */
  private final LinkedBlockingQueue<byte[]> output = new LinkedBlockingQueue<>();

  private long sendWindow = FIRST_WINDOW;
  private int peerWindow = FIRST_WINDOW;
  private int peerStreams = Integer.MAX_VALUE;
  private int unreturned;
  private int nextId = 1;
  private int opening;
  private int lastId;
  private boolean draining;
  private String gone = "";

  /** {@code window} bytes of each stream are accepted before they are taken. */
  H2Wire(SocketPeer peer, boolean client, int window, Consumer<Stream> onStream) {
    this.frames = H2Client.over(peer);
    this.client = client;
    this.window = window;
    this.onStream = onStream;
  }

  /** Exchanges the prefaces and starts to read; a server accepts {@code concurrent} streams. */
  H2Wire start(int concurrent) throws IOException {
    if (client) {
      frames.begin(4, window);
    } else {
      frames.peer().readExactly(24);
      frames.settings(3, concurrent, 4, window);
    }
    emit(H2Client.WINDOW_UPDATE, 0, 0, number(1 << 20));
    begin(this::readAll, "h2-reader");
    begin(this::writeAll, "h2-writer");
    return this;
  }

  private static void begin(Runnable work, String name) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
  }

  private void emit(int type, int flags, int stream, byte... payload) {
    output.add(H2Client.bytes(type, flags, stream, payload));
  }

  private static byte[] number(int value) {
    return ByteBuffer.allocate(4).putInt(value).array();
  }

  private void writeAll() {
    try {
      for (byte[] next = output.take(); next.length > 0; next = output.take()) {
        frames.peer().write(next);
      }
    } catch (IOException | InterruptedException end) {
      leave(String.valueOf(end));
    }
  }

  /**
   * A stream for one request, or null if the connection accepts none. Waits while too many are
   * open.
   */
  synchronized @Nullable Stream open() {
    await(() -> streams.size() + opening < peerStreams || draining);
    if (draining || !gone.isEmpty()) {
      return null;
    }
    opening++;
    return new Stream(0);
  }

  /** Announces the end: first without a last stream, so that no request is lost. */
  synchronized void drain() {
    emit(H2Client.GOAWAY, 0, 0, ByteBuffer.allocate(8).putInt(Integer.MAX_VALUE).putInt(0).array());
    draining = true;
  }

  /** Whether the peer or this side has announced the end. */
  synchronized boolean isOver() {
    return draining || !gone.isEmpty();
  }

  /** Waits for the end of the connection, however long. */
  synchronized void awaitEnd() throws IOException {
    try {
      while (gone.isEmpty()) {
        wait();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  synchronized boolean isClosedHere() {
    return gone.equals(CLOSED_HERE);
  }

  private void readAll() {
    try {
      while (true) {
        H2Client.Frame frame = frames.read();
        Stream begun = accept(frame);
        if (begun != null) {
          onStream.accept(begun);
        }
      }
    } catch (IOException | RuntimeException end) {
      leave(end instanceof EOFException ? "the connection ended" : String.valueOf(end));
    }
  }

  private synchronized void leave(String why) {
    if (gone.isEmpty()) {
      gone = why;
      output.add(new byte[0]);
      for (Stream open : new ArrayList<>(streams.values())) {
        open.breakOff(why);
      }
      notifyAll();
    }
  }

  private synchronized @Nullable Stream accept(H2Client.Frame frame) throws IOException {
    Stream stream = streams.get(frame.stream());
    switch (frame.type()) {
      case H2Client.SETTINGS -> {
        if (!frame.has(H2Client.ACK)) {
          settings(ByteBuffer.wrap(frame.payload()));
          emit(H2Client.SETTINGS, H2Client.ACK, 0);
        }
      }
      case H2Client.PING -> {
        if (!frame.has(H2Client.ACK)) {
          emit(H2Client.PING, H2Client.ACK, 0, frame.payload());
        }
      }
      case H2Client.WINDOW_UPDATE -> {
        if (frame.stream() == 0) {
          sendWindow += frame.increment();
        } else if (stream != null) {
          stream.sendWindow += frame.increment();
        }
        notifyAll();
      }
      case H2Client.GOAWAY -> {
        draining = true;
        for (Stream open : new ArrayList<>(streams.values())) {
          if (client && open.id > frame.lastStream()) {
            open.refused = true;
            open.breakOff("GOAWAY " + frame.code());
          }
        }
        notifyAll();
      }
      case H2Client.RST_STREAM -> {
        if (stream != null) {
          stream.refused = frame.code() == 7;
          stream.breakOff("RST_STREAM " + frame.code());
        }
      }
      case H2Client.DATA -> {
        unreturned += frame.payload().length;
        if (unreturned > FIRST_WINDOW / 2) {
          emit(H2Client.WINDOW_UPDATE, 0, 0, number(unreturned));
          unreturned = 0;
        }
        if (stream != null) {
          if (frame.payload().length > 0) {
            stream.received.add(Wire.Piece.data(frame.payload()));
          }
          stream.ended(frame);
        }
      }
      case H2Client.HEADERS -> {
        return headers(frame, stream);
      }
      default -> {}
    }
    return null;
  }

  private @Nullable Stream headers(H2Client.Frame frame, @Nullable Stream known)
      throws IOException {
    if (!frame.has(H2Client.END_HEADERS)) {
      throw new IOException("a header block in several frames");
    }
    // Every block has to be decoded.
    Map<String, String> fields = frames.fields(frame);
    Stream stream = known;
    if (stream == null) {
      if (client || frame.stream() <= lastId) {
        return null;
      }
      lastId = frame.stream();
      stream = new Stream(frame.stream());
      streams.put(stream.id, stream);
    }
    Wire.Kind kind =
        fields.containsKey(":method")
            ? Wire.Kind.REQUEST
            : !fields.containsKey(":status")
                ? Wire.Kind.TRAILERS
                : fields.get(":status").startsWith("1") ? Wire.Kind.INTERIM : Wire.Kind.RESPONSE;
    stream.received.add(Wire.Piece.of(kind, fields));
    stream.ended(frame);
    return known == null ? stream : null;
  }

  private void settings(ByteBuffer settings) {
    while (settings.remaining() >= 6) {
      int name = settings.getShort();
      int value = settings.getInt();
      if (name == 4) {
        for (Stream open : streams.values()) {
          open.sendWindow += value - peerWindow;
        }
        peerWindow = value;
      } else if (name == 3) {
        peerStreams = value;
      }
    }
    notifyAll();
  }

  private interface Condition {
    boolean holds();
  }

  /** Waits for {@code condition} or the end of the connection. With this object's lock. */
  private void await(Condition condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!condition.holds() && gone.isEmpty()) {
      long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      if (left <= 0) {
        throw new IllegalStateException("no window and no stream for " + PATIENCE_SECONDS + " s");
      }
      try {
        wait(left);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }
  }

  @Override
  public void close() throws IOException {
    leave(CLOSED_HERE);
    frames.close();
  }

  /** One stream. */
  final class Stream implements Wire {
    private int id;
    private final LinkedBlockingQueue<Piece> received = new LinkedBlockingQueue<>();
    private long sendWindow = peerWindow;
    private int taken;
    private boolean remoteEnded;
    private boolean localEnded;
    private boolean broken;
    private boolean refused;

    private Stream(int id) {
      this.id = id;
    }

    /** Whether the peer said that it has not processed the request. */
    boolean isRefused() {
      return refused;
    }

    private void ended(H2Client.Frame frame) {
      if (frame.has(H2Client.END_STREAM)) {
        remoteEnded = true;
        received.add(Piece.end());
        settle();
      }
    }

    private void breakOff(String why) {
      broken = true;
      streams.remove(id);
      if (!remoteEnded) {
        received.add(Piece.broken(why));
      }
      H2Wire.this.notifyAll();
    }

    private void settle() {
      if (remoteEnded && localEnded) {
        streams.remove(id);
        H2Wire.this.notifyAll();
      }
    }

    private void localEnd() {
      localEnded = true;
      settle();
    }

    @Override
    public void request(String method, String path, List<String> fields, long length)
        throws IOException {
      List<String> all = new ArrayList<>(List.of(H2Client.request(method, path)));
      fields.forEach(field -> all.add(lower(field)));
      head(all, length, false);
    }

    @Override
    public void respond(int status, List<String> fields, long length, boolean bodiless)
        throws IOException {
      List<String> all = new ArrayList<>(List.of(":status: " + status));
      fields.forEach(field -> all.add(lower(field)));
      head(all, length, bodiless);
    }

    private void head(List<String> fields, long length, boolean bodiless) throws IOException {
      if (length > 0 || length == 0 && bodiless) {
        fields.add("content-length: " + length);
      }
      boolean end = length == 0 || bodiless;
      synchronized (H2Wire.this) {
        usable();
        if (id == 0) {
          if (draining) {
            throw new IOException("no stream begins after GOAWAY");
          }
          // Here, because the streams of a connection begin in the order of their numbers.
          opening--;
          id = nextId;
          nextId += 2;
          sendWindow = peerWindow;
          streams.put(id, this);
        }
        headers(end, fields);
        if (end) {
          localEnd();
        }
      }
    }

    private static String lower(String field) {
      int colon = field.indexOf(':', 1);
      return field.substring(0, colon).toLowerCase(java.util.Locale.ROOT) + field.substring(colon);
    }

    @Override
    public void interim(int status, List<String> fields) throws IOException {
      List<String> all = new ArrayList<>(List.of(":status: " + status));
      fields.forEach(field -> all.add(lower(field)));
      synchronized (H2Wire.this) {
        usable();
        headers(false, all);
      }
    }

    @Override
    public void send(byte[] bytes, int length) throws IOException {
      for (int from = 0; from < length; ) {
        synchronized (H2Wire.this) {
          await(() -> broken || Math.min(sendWindow, H2Wire.this.sendWindow) > 0);
          usable();
          int piece =
              (int)
                  Math.min(
                      Math.min(length - from, LARGEST_FRAME),
                      Math.min(sendWindow, H2Wire.this.sendWindow));
          sendWindow -= piece;
          H2Wire.this.sendWindow -= piece;
          emit(H2Client.DATA, 0, id, Arrays.copyOfRange(bytes, from, from + piece));
          from += piece;
        }
      }
    }

    private void headers(boolean end, List<String> fields) {
      emit(
          H2Client.HEADERS,
          H2Client.END_HEADERS | (end ? H2Client.END_STREAM : 0),
          id,
          H2Client.block(fields.toArray(new String[0])));
    }

    private void usable() throws IOException {
      if (broken || !gone.isEmpty()) {
        throw new IOException("the stream was reset: " + gone);
      }
    }

    @Override
    public void end(List<String> trailers) throws IOException {
      synchronized (H2Wire.this) {
        usable();
        if (localEnded) {
          return;
        }
        if (trailers.isEmpty()) {
          emit(H2Client.DATA, H2Client.END_STREAM, id);
        } else {
          headers(true, trailers.stream().map(Stream::lower).toList());
        }
        localEnd();
      }
    }

    @Override
    public void cut(boolean withReset) throws IOException {
      synchronized (H2Wire.this) {
        if (!broken && gone.isEmpty() && !(remoteEnded && localEnded)) {
          emit(H2Client.RST_STREAM, 0, id, number(withReset ? 8 : 2));
        }
        breakOff("reset here");
      }
    }

    /** Nothing more is sent or wanted: what is not complete is cancelled. */
    void abandon() {
      synchronized (H2Wire.this) {
        if (!broken && gone.isEmpty() && !(remoteEnded && localEnded)) {
          emit(H2Client.RST_STREAM, 0, id, number(client ? 8 : 0));
          breakOff("not needed");
        }
      }
    }

    @Override
    public Piece read() throws IOException {
      Piece piece;
      try {
        piece = received.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
      if (piece == null) {
        throw new IllegalStateException("no answer on stream " + id);
      }
      synchronized (H2Wire.this) {
        taken += piece.data().length;
        if (taken > window / 2 && !remoteEnded && !broken && gone.isEmpty()) {
          emit(H2Client.WINDOW_UPDATE, 0, id, number(taken));
          taken = 0;
        }
      }
      return piece;
    }

    @Override
    public boolean isHttp2() {
      return true;
    }
  }
}
