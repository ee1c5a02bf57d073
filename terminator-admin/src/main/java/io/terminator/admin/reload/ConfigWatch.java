package io.terminator.admin.reload;

import io.terminator.core.file.FileFailure;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Polls the text of a configuration. Compares contents, so that swapped links and renamed files are
 * detected, and a mere touch is not. One thread.
 */
public final class ConfigWatch {
  private static final Logger LOG = LoggerFactory.getLogger(ConfigWatch.class);

  /** In polls. */
  private static final int PATIENCE = 3;

  private final ConfigSource source;
  private final Runnable onChange;
  private byte @Nullable [] acted;
  private byte @Nullable [] seen;

  /** Successive polls without a text. */
  private int lacking;

  public ConfigWatch(ConfigSource source, Runnable onChange) {
    this.source = source;
    this.onChange = onChange;
    this.acted = read();
    this.seen = acted;
  }

  /** Acts on a new text when two successive polls see the same. */
  public void look() {
    byte[] now = read();
    if (now == null) {
      // The file may be missing or unreadable for a moment, as when an editor replaces it: the
      // current configuration stays.
      return;
    }
    if (lacking >= PATIENCE) {
      LOG.info("file watch: {} can be read again", source.name());
    }
    lacking = 0;
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
      lacking++;
      if (lacking == PATIENCE) {
        LOG.error(
            "file watch: {}: {}; the current configuration stays active. Expected a readable file,"
                + " which is looked for every second",
            source.name(),
            FileFailure.words(gone));
      }
      return null;
    }
  }
}
