package io.terminator.core.flow;

import org.jspecify.annotations.Nullable;

/** The backend and server of a connection, for logs and views. Worker thread only. */
public interface ServedBy {
  /** Before the first leg. */
  ServedBy NOTHING =
      new ServedBy() {
        @Override
        public @Nullable String backend() {
          return null;
        }

        @Override
        public @Nullable String server() {
          return null;
        }

        @Override
        public int retries() {
          return 0;
        }
      };

  /** Null before the route is known. */
  @Nullable String backend();

  /** The server of the last connect; null before the first. */
  @Nullable String server();

  /** The number of servers tried before this one. */
  int retries();
}
