package io.terminator.admin.config.format;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The values of one map, read with the keys of its {@link Shape}, for conversion to a record. */
public final class Section {
  private final @Nullable Reading reading;
  private final Place place;
  private final Map<Key<?>, Object> values = new HashMap<>();
  private final Map<Key<?>, Value> written = new HashMap<>();
  private final Set<Key<?>> faulty = new HashSet<>();

  /** {@code reading} is null for a section of defaults. */
  Section(@Nullable Reading reading, Place place) {
    this.reading = reading;
    this.place = place;
  }

  /** The value or the default. A key without a default needs {@link #find}. */
  public <T> T get(Key<T> key) {
    return Objects.requireNonNull(find(key), key.name());
  }

  /** The value or the default; null if there is neither. */
  @SuppressWarnings("unchecked") // put() stores only values that the key's own kind has read.
  public <T> @Nullable T find(Key<T> key) {
    Object value = values.get(key);
    return value == null ? key.fallback() : (T) value;
  }

  public boolean has(Key<?> key) {
    return written.containsKey(key);
  }

  /** The position of the key, or where it would be. */
  public Place placeOf(Key<?> key) {
    Value value = written.get(key);
    return value == null ? place.key(key.name()) : value.place();
  }

  /**
   * Checks several keys against each other: unless {@code right}, reports the value of {@code
   * blamed}. Reports nothing if one of the keys was unreadable: that problem has been reported, and
   * the check would use its default.
   */
  public <T> void check(
      boolean right, Key<T> blamed, String expected, String remedy, Key<?>... others) {
    if (right || reading == null || !isSound(blamed) || !isSound(others)) {
      return;
    }
    Value value = written.get(blamed);
    String finding =
        value != null && value.hasVariable()
            ? "the value of " + Quoted.of(value.raw())
            : Quoted.of(blamed.kind().spell(get(blamed)));
    reading.problem(
        placeOf(blamed), has(blamed) ? finding : finding + " (the default)", expected, remedy);
  }

  /** Whether each key is absent or was read without a problem. */
  public boolean isSound(Key<?>... keys) {
    return Stream.of(keys).noneMatch(faulty::contains);
  }

  /** Declares the name of the entry that this section describes. */
  public void declare(Names names, String name, Key<?> key) {
    if (reading != null) {
      reading.declare(names, name, placeOf(key));
    }
  }

  /** Null for a section of defaults. */
  public @Nullable Reading reading() {
    return reading;
  }

  <T> void put(Key<T> key, Value value) {
    written.put(key, value);
    value.reading().visited(value.place());
    int before = value.reading().problemCount();
    T read = key.kind().read(value);
    if (read != null) {
      values.put(key, read);
    }
    if (read == null || value.reading().problemCount() > before) {
      faulty.add(key);
    }
  }

  boolean lacks(Key<?> key) {
    return key.isRequired() && !values.containsKey(key);
  }
}
