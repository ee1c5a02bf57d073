package io.terminator.core.connection;

/** A step of a retirement: of {@code found} connections, {@code closed} were closed by it. */
public record Retired(int found, int closed) {
  Retired plus(Retired other) {
    return new Retired(found + other.found, closed + other.closed);
  }
}
