package io.terminator.admin.config;

import io.terminator.admin.config.format.Key;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The parts of the configuration that take effect only at a start. A reload applies all others. The
 * reference lists the keys from here, and a reload compares what is here.
 */
public enum StartupSetting {
  WORKERS(TerminatorConfig::workers, TerminatorKeys.WORKERS),
  STATE_DIRECTORY(TerminatorConfig::stateDirectory, TerminatorKeys.STATE_DIR),
  STATE_SECRET(
      TerminatorConfig::stateSecret, TerminatorKeys.STATE_SECRET, TerminatorKeys.STATE_SECRET_FILE),
  SIGNING(TerminatorConfig::signing, TerminatorKeys.SIGNING),
  KEY_LOG(TerminatorConfig::keyLog, TerminatorKeys.KEY_LOG),
  MEMORY(TerminatorConfig::frames, TerminatorKeys.MEMORY),
  DNS(TerminatorConfig::dns, TerminatorKeys.DNS),
  ADMIN(TerminatorConfig::admin, TerminatorKeys.ADMIN),
  LOG(TerminatorConfig::log, TerminatorKeys.LOG),
  TRACING(TerminatorConfig::tracing, TerminatorKeys.TRACING);

  private final Function<TerminatorConfig, @Nullable Object> value;
  private final List<String> keys;

  StartupSetting(Function<TerminatorConfig, @Nullable Object> value, Key<?>... keys) {
    this.value = value;
    this.keys = Arrays.stream(keys).<String>map(Key::name).toList();
  }

  /** The names of the settings that differ, to which a reload from one to the other is blind. */
  public static List<String> differing(TerminatorConfig now, TerminatorConfig next) {
    List<String> names = new ArrayList<>();
    for (StartupSetting setting : values()) {
      if (!Objects.equals(setting.value.apply(now), setting.value.apply(next))) {
        names.add(setting.keys.get(0));
      }
    }
    return List.copyOf(names);
  }

  /** The keys at the top level that set this. */
  List<String> keys() {
    return keys;
  }
}
