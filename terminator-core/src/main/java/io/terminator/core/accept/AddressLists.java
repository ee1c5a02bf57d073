package io.terminator.core.accept;

import io.terminator.core.setting.CidrSet;
import java.net.InetAddress;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What a listener's address files say now, each null where there is none. Immutable: another reading is another of these. */
public record AddressLists(@Nullable Listed allow, @Nullable Listed deny) {
  static final AddressLists NONE = new AddressLists(null, null);

  /** A file's blocks: those of its last good state, where {@code problem} says what is wrong with it now. */
  public record Listed(Path file, CidrSet blocks, String problem) {}

  boolean allows(InetAddress address) {
    return allow != null && allow.blocks().contains(address);
  }

  boolean denies(InetAddress address) {
    return deny != null && deny.blocks().contains(address);
  }
}
