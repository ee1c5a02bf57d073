package io.terminator.tls.certificate.store;

import java.util.Arrays;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * An immutable map with text keys. A modified copy shares all but the path to one entry: a hash
 * trie with 32 branches, where with 100,000 hosts the path is four small arrays. Thread-safe.
 */
final class HostIndex<V> {
  private static final int BITS = 5;
  private static final int MASK = (1 << BITS) - 1;
  private static final int DEEPEST = 35;

  private final Node root;
  private final int size;

  private HostIndex(Node root, int size) {
    this.root = root;
    this.size = size;
  }

  static <V> HostIndex<V> empty() {
    return new HostIndex<>(new Node(0, 0, new Object[0]), 0);
  }

  int size() {
    return size;
  }

  /**
   * {@code slots} holds key and value for each bit of {@code entries}, then a node for each bit of
   * {@code nodes}, both in bit order. Below the deepest level all hashes are equal; entries are
   * then stored in sequence, regardless of the bits.
   */
  private record Node(int entries, int nodes, Object[] slots) {

    int entryAt(int bit) {
      return 2 * Integer.bitCount(entries & bit - 1);
    }

    int nodeAt(int bit) {
      return 2 * Integer.bitCount(entries) + Integer.bitCount(nodes & bit - 1);
    }
  }

  private static int bit(int hash, int shift) {
    return 1 << (hash >>> shift & MASK);
  }

  private static int hash(String key) {
    int hash = key.hashCode();
    // Names differ at the front, and String's hash keeps that part in its high bits.
    return hash ^ hash >>> 16;
  }

  @SuppressWarnings("unchecked")
  @Nullable V get(String key) {
    int hash = hash(key);
    Node node = root;
    for (int shift = 0; shift < DEEPEST; shift += BITS) {
      int bit = bit(hash, shift);
      if ((node.entries() & bit) != 0) {
        int at = node.entryAt(bit);
        return node.slots()[at].equals(key) ? (V) node.slots()[at + 1] : null;
      }
      if ((node.nodes() & bit) == 0) {
        return null;
      }
      node = (Node) node.slots()[node.nodeAt(bit)];
    }
    int at = find(node, key);
    return at < 0 ? null : (V) node.slots()[at + 1];
  }

  private static int find(Node node, String key) {
    for (int i = 0; i < node.slots().length; i += 2) {
      if (node.slots()[i].equals(key)) {
        return i;
      }
    }
    return -1;
  }

  HostIndex<V> with(String key, V value) {
    int more = get(key) == null ? 1 : 0;
    return new HostIndex<>(with(root, key, value, hash(key), 0), size + more);
  }

  private static Node with(Node node, String key, Object value, int hash, int shift) {
    Object[] slots = node.slots();
    if (shift >= DEEPEST) {
      int at = find(node, key);
      return at >= 0
          ? new Node(0, 0, replaced(slots, at + 1, value))
          : new Node(0, 0, inserted(slots, slots.length, key, value));
    }
    int bit = bit(hash, shift);
    if ((node.nodes() & bit) != 0) {
      int at = node.nodeAt(bit);
      Node below = with((Node) slots[at], key, value, hash, shift + BITS);
      return new Node(node.entries(), node.nodes(), replaced(slots, at, below));
    }
    int at = node.entryAt(bit);
    if ((node.entries() & bit) == 0) {
      return new Node(node.entries() | bit, node.nodes(), inserted(slots, at, key, value));
    }
    String other = (String) slots[at];
    if (other.equals(key)) {
      return new Node(node.entries(), node.nodes(), replaced(slots, at + 1, value));
    }
    Node below = new Node(0, 0, new Object[0]);
    below = with(below, other, slots[at + 1], hash(other), shift + BITS);
    below = with(below, key, value, hash, shift + BITS);
    Node fewer = new Node(node.entries() & ~bit, node.nodes(), removed(slots, at, 2));
    return new Node(
        fewer.entries(), fewer.nodes() | bit, inserted(fewer.slots(), fewer.nodeAt(bit), below));
  }

  HostIndex<V> without(String key) {
    return get(key) == null ? this : new HostIndex<>(without(root, key, hash(key), 0), size - 1);
  }

  private static Node without(Node node, String key, int hash, int shift) {
    Object[] slots = node.slots();
    if (shift >= DEEPEST) {
      return new Node(0, 0, removed(slots, find(node, key), 2));
    }
    int bit = bit(hash, shift);
    if ((node.entries() & bit) != 0) {
      return new Node(node.entries() & ~bit, node.nodes(), removed(slots, node.entryAt(bit), 2));
    }
    int at = node.nodeAt(bit);
    Node below = without((Node) slots[at], key, hash, shift + BITS);
    if (below.slots().length == 0) {
      return new Node(node.entries(), node.nodes() & ~bit, removed(slots, at, 1));
    }
    // A node with one entry moves up, so that a shrunken map takes as little memory as
    // a small one.
    if (below.slots().length == 2 && below.nodes() == 0) {
      Node fewer = new Node(node.entries(), node.nodes() & ~bit, removed(slots, at, 1));
      return new Node(
          fewer.entries() | bit,
          fewer.nodes(),
          inserted(fewer.slots(), fewer.entryAt(bit), below.slots()[0], below.slots()[1]));
    }
    return new Node(node.entries(), node.nodes(), replaced(slots, at, below));
  }

  private static Object[] replaced(Object[] slots, int at, Object value) {
    Object[] copy = slots.clone();
    copy[at] = value;
    return copy;
  }

  private static Object[] inserted(Object[] slots, int at, Object... values) {
    Object[] copy = Arrays.copyOf(slots, slots.length + values.length);
    System.arraycopy(values, 0, copy, at, values.length);
    System.arraycopy(slots, at, copy, at + values.length, slots.length - at);
    return copy;
  }

  private static Object[] removed(Object[] slots, int at, int count) {
    Object[] copy = Arrays.copyOf(slots, slots.length - count);
    System.arraycopy(slots, at + count, copy, at, copy.length - at);
    return copy;
  }

  void forEach(BiConsumer<String, V> action) {
    forEach(root, 0, action);
  }

  @SuppressWarnings("unchecked")
  private static <V> void forEach(Node node, int shift, BiConsumer<String, V> action) {
    int entries = shift >= DEEPEST ? node.slots().length : 2 * Integer.bitCount(node.entries());
    for (int i = 0; i < entries; i += 2) {
      action.accept((String) node.slots()[i], (V) node.slots()[i + 1]);
    }
    for (int i = entries; i < node.slots().length; i++) {
      forEach((Node) node.slots()[i], shift + BITS, action);
    }
  }
}
