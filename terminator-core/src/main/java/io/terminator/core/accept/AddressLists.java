package io.terminator.core.accept;

import io.terminator.core.setting.CidrSet;
import java.net.InetAddress;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The current content of a listener's address files, each null if no file is configured. Immutable:
 * each reload of a file creates a new instance.
 */
public record AddressLists(@Nullable Listed allow, @Nullable Listed deny) {
  static final AddressLists NONE = new AddressLists(null, null);

  /**
   * The blocks of a file in its last good state. {@code problem} describes what is wrong with the
   * file now, if anything.
   */
  public record Listed(Path file, CidrSet blocks, String problem) {}

  boolean allows(InetAddress address) {
    return allow != null && allow.blocks().contains(address);
  }

  boolean denies(InetAddress address) {
    return deny != null && deny.blocks().contains(address);
  }
}
