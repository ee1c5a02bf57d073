package io.terminator.core.observe;

/** What a package counts, implemented by its own enum. Immutable. */
public interface Counted {
  /**
   * The exported series. The subject of the counter, such as a listener, adds its own labels: a
   * family belongs to one kind of subject.
   */
  Series series();
}
