package io.terminator.admin.api;

import java.util.List;

/**
 * A named policy of a listener. {@code mode} is the one in force, {@code configured} that of the
 * configuration file; {@code policy} describes its terms. In report mode {@code judged} handshakes
 * are counted, of which {@code failing} would fail.
 */
public record PolicyView(
    String name,
    String listener,
    List<String> sni,
    String policy,
    String mode,
    String configured,
    long judged,
    long failing) {
  public PolicyView {
    sni = List.copyOf(sni);
  }
}
