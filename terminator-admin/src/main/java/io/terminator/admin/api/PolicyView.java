package io.terminator.admin.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A named policy of a listener. {@code mode} is the one in force, {@code configured} that of the
 * configuration file, {@code why} the reason if they differ; {@code policy} describes its terms. In
 * report mode {@code judged} handshakes are counted, of which {@code failing} would fail. {@code
 * canary} is null except in canary mode.
 */
public record PolicyView(
    String name,
    String listener,
    List<String> sni,
    String policy,
    String mode,
    String configured,
    @Nullable String why,
    long judged,
    long failing,
    @Nullable Canary canary) {
  public PolicyView {
    sni = List.copyOf(sni);
  }

  /** The handshakes of a canary and those of the other clients of its names. */
  public record Canary(
      int percent,
      List<String> sources,
      int maxFailures,
      int minHandshakes,
      Stage canary,
      Stage stable) {
    public Canary {
      sources = List.copyOf(sources);
    }
  }

  /** The handshakes of one stage. */
  public record Stage(long handshakes, long failed) {}
}
