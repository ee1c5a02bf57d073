package io.terminator.tls.clienthello;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The offer of a hypothetical client, for {@code explain}; {@link #hello} is the ClientHello that
 * it would send.
 */
public final class ClientOffer {
  private static final int[] NONE = {};

  private @Nullable String serverName;
  private List<String> alpn = List.of();
  private int[] versions = {0x0304, 0x0303};
  private int[] groups = {0x11ec, 0x001d, 0x0017, 0x0018, 0x0019};
  private int[] ciphers = {0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8};
  private int[] signatures = {
    0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601
  };

  private ClientOffer() {}

  /** TLS 1.2 and 1.3 with all algorithms that a policy may allow; without server name and ALPN. */
  public static ClientOffer modern() {
    return new ClientOffer();
  }

  /** Sets the server name. The exception states why a name is invalid in a ClientHello. */
  public ClientOffer serverName(String name) {
    try {
      serverName =
          HelloReader.hostName(ByteBuffer.wrap(name.getBytes(StandardCharsets.ISO_8859_1)));
    } catch (HelloException refused) {
      throw new IllegalArgumentException(refused.problem().words());
    }
    return this;
  }

  public ClientOffer alpn(List<String> protocols) {
    alpn = List.copyOf(protocols);
    return this;
  }

  /** Sets the code points of supported_versions. */
  public ClientOffer versions(int... versions) {
    this.versions = versions.clone();
    return this;
  }

  public ClientOffer groups(int... groups) {
    this.groups = groups.clone();
    return this;
  }

  public ClientOffer ciphers(int... ciphers) {
    this.ciphers = ciphers.clone();
    return this;
  }

  public ClientOffer signatures(int... signatures) {
    this.signatures = signatures.clone();
    return this;
  }

  /**
   * Without TLS 1.3 the hello has no supported_versions; with it, it has a key share of its first
   * group.
   */
  public ClientHello hello() {
    boolean tls13 = Arrays.stream(versions).anyMatch(version -> version == 0x0304);
    int[] extensions =
        IntStream.of(
                serverName == null ? -1 : 0,
                groups.length == 0 ? -1 : ClientHello.SUPPORTED_GROUPS,
                signatures.length == 0 ? -1 : ClientHello.SIGNATURE_ALGORITHMS,
                alpn.isEmpty() ? -1 : 16,
                tls13 ? 43 : -1,
                tls13 && groups.length > 0 ? ClientHello.KEY_SHARE : -1)
            .filter(type -> type >= 0)
            .toArray();
    int highest = Arrays.stream(versions).max().orElse(0x0303);
    return new ClientHello(
        Math.min(highest, 0x0303),
        ciphers.clone(),
        extensions,
        tls13 ? versions.clone() : NONE,
        groups.clone(),
        tls13 && groups.length > 0 ? new int[] {groups[0]} : NONE,
        signatures.clone(),
        alpn,
        serverName,
        false,
        false);
  }
}
