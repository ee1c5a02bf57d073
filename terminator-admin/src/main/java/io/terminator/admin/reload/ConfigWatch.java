package io.terminator.admin.reload;

import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at a configuration's text now and then: by content, so that links that are swapped and
 * files that are renamed into place count, and a touch does not. One thread.
 */
public final class ConfigWatch {
  private static final Logger LOG = LoggerFactory.getLogger(ConfigWatch.class);

  private final ConfigSource source;
  private final Runnable onChange;
  private byte @Nullable [] acted;
  private byte @Nullable [] seen;

  public ConfigWatch(ConfigSource source, Runnable onChange) {
    this.source = source;
    this.onChange = onChange;
    this.acted = read();
    this.seen = acted;
  }

  /** Acts on a text that is new and the same for the second time. */
  public void look() {
    byte[] now = read();
    if (now == null) {
      // Gone or unreadable for a moment, as when an editor replaces it: what served serves on.
      return;
    }
    boolean isStill = Arrays.equals(now, seen);
    seen = now;
    if (isStill && !Arrays.equals(now, acted)) {
      acted = now;
      try {
        onChange.run();
      } catch (RuntimeException failure) {
        LOG.error("The reload failed; the previous configuration stays active", failure);
      }
    }
  }

  private byte @Nullable [] read() {
    try {
      return source.content();
    } catch (IOException gone) {
      return null;
    }
  }
}
