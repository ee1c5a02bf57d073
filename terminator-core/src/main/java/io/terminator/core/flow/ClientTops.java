package io.terminator.core.flow;

import io.terminator.core.chain.Protection;
import io.terminator.core.observe.SpaceSaving;
import io.terminator.core.setting.AddressText;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * The most frequent kinds of clients of each listener, by handshake. Each worker counts in tables
 * of its own, and any thread reads all of them. Memory is bounded whatever clients send.
 */
public final class ClientTops {
  private static final int KEPT = 128;

  /** Tables of ended workers; the oldest are dropped. */
  private static final int MOST_GONE = 16;

  private final List<Tables> tables = new CopyOnWriteArrayList<>();
  private final List<Tables> gone = new CopyOnWriteArrayList<>();

  /** What clients are counted by. */
  public enum By {
    /** The fingerprint of the ClientHello, of every client. */
    JA4,
    /** Version and cipher suite of completed handshakes. */
    VERSION,
    /** Server names that no certificate covers. */
    UNKNOWN_SNI,
    /** Addresses of failed handshakes. */
    FAILING_SOURCE;

    private final String label = name().toLowerCase(Locale.ROOT).replace('_', '-');

    /** The name in the API. */
    public String label() {
      return label;
    }
  }

  /** With its own methods, because those that the JDK makes for records cost ten times as much. */
  private record VersionAndCipher(String version, String cipher) {
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof VersionAndCipher that
          && version.equals(that.version)
          && cipher.equals(that.cipher);
    }

    @Override
    public int hashCode() {
      return 31 * version.hashCode() + cipher.hashCode();
    }

    @Override
    public String toString() {
      return version + " " + cipher;
    }
  }

  /** The tables of one listener on one worker. */
  private static final class Listener {
    private final Map<By, SpaceSaving<Object>> lists = new EnumMap<>(By.class);

    Listener() {
      for (By by : By.values()) {
        lists.put(by, new SpaceSaving<>(KEPT));
      }
    }

    void add(By by, Object key, long now) {
      SpaceSaving<Object> list = lists.get(by);
      if (list != null) {
        list.add(key, now);
      }
    }
  }

  private final class Tables implements ConnectionObserver {
    private final Map<String, Listener> listeners = new ConcurrentHashMap<>();

    private Listener of(Connection connection) {
      Listener there = listeners.get(connection.listener());
      return there != null
          ? there
          : listeners.computeIfAbsent(connection.listener(), name -> new Listener());
    }

    @Override
    public void onSecured(Connection connection) {
      Protection agreed = connection.protection();
      Listener listener = of(connection);
      long now = System.currentTimeMillis();
      addFingerprint(listener, agreed, now);
      if (!agreed.version().equals(Protection.NONE.version())) {
        listener.add(By.VERSION, new VersionAndCipher(agreed.version(), agreed.cipher()), now);
      }
      if (agreed.isUnknownName() && agreed.sni() != null) {
        listener.add(By.UNKNOWN_SNI, agreed.sni(), now);
      }
    }

    @Override
    public void onClosed(Connection connection, Closed closed) {
      if (!closed.isFailedHandshake()) {
        return;
      }
      Protection offered = connection.protection();
      Listener listener = of(connection);
      long now = System.currentTimeMillis();
      addFingerprint(listener, offered, now);
      listener.add(By.FAILING_SOURCE, AddressText.host(connection.clientAddress()), now);
      if (offered.isUnknownName() && offered.sni() != null) {
        listener.add(By.UNKNOWN_SNI, offered.sni(), now);
      }
    }

    private void addFingerprint(Listener listener, Protection client, long now) {
      if (client.ja4() != null) {
        listener.add(By.JA4, client.ja4(), now);
      }
    }

    @Override
    public void onWorkerGone() {
      // Add before removing, so that a concurrent reader misses nothing.
      gone.add(this);
      tables.remove(this);
      if (gone.size() > MOST_GONE) {
        gone.remove(0);
      }
    }
  }

  /** The tables of one worker. */
  public ConnectionObserver newObserver() {
    Tables made = new Tables();
    tables.add(made);
    return made;
  }

  /** The list of {@code listener}, with at most {@code most} entries. Any thread. */
  public SpaceSaving.Top<Object> top(String listener, By by, int most) {
    List<SpaceSaving<Object>> lists = new ArrayList<>();
    List<Tables> all = new ArrayList<>(tables);
    gone.stream().filter(each -> !all.contains(each)).forEach(all::add);
    for (Tables each : all) {
      Listener there = each.listeners.get(listener);
      SpaceSaving<Object> list = there == null ? null : there.lists.get(by);
      if (list != null) {
        lists.add(list);
      }
    }
    return SpaceSaving.top(lists, most);
  }
}
