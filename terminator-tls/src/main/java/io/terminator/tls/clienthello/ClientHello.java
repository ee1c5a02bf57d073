package io.terminator.tls.clienthello;

import io.terminator.core.chain.Opening;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The content of a ClientHello (RFC 8446 section 4.1.2), as code points in the client's order,
 * including GREASE values. {@code serverName} is lower case without a trailing dot; it is null if
 * the client sent none, or sent an IP address literal, which RFC 6066 section 3 does not allow.
 * Immutable; lives as long as the handshake.
 */
public record ClientHello(
    int legacyVersion,
    int[] cipherSuites,
    int[] extensions,
    int[] supportedVersions,
    int[] groups,
    int[] keyShares,
    int[] signatureAlgorithms,
    List<String> alpn,
    @Nullable String serverName,
    boolean hasPreSharedKey,
    boolean hasTicket)
    implements Opening {
  public static final int SUPPORTED_GROUPS = 10;
  public static final int SIGNATURE_ALGORITHMS = 13;
  public static final int KEY_SHARE = 51;

  /** Whether an extension of this type is present. */
  public boolean has(int extension) {
    return contains(extensions, extension);
  }

  /** RFC 8446 section 4.2.1: without the extension the legacy version applies. */
  public boolean offersTls13() {
    return contains(supportedVersions, 0x0304);
  }

  /** Whether the client supports this group; a key share is not needed for it. */
  public boolean offersGroup(int group) {
    return contains(groups, group);
  }

  public boolean offersTls12() {
    return supportedVersions.length == 0
        ? legacyVersion >= 0x0303
        : contains(supportedVersions, 0x0303);
  }

  /** Whether the client may resume a session: such a handshake costs a fraction of a full one. */
  public boolean offersResumption() {
    return hasPreSharedKey || hasTicket;
  }

  /** Returns the same hello without a session to resume. */
  public ClientHello withoutResumption() {
    return with(serverName, false, false);
  }

  /** Returns the same hello with {@code name} as its server name. */
  public ClientHello to(String name) {
    return with(name, hasPreSharedKey, hasTicket);
  }

  private ClientHello with(@Nullable String name, boolean preSharedKey, boolean ticket) {
    return new ClientHello(
        legacyVersion,
        cipherSuites,
        extensions,
        supportedVersions,
        groups,
        keyShares,
        signatureAlgorithms,
        alpn,
        name,
        preSharedKey,
        ticket);
  }

  /** RFC 8701: values of the form 0x?A?A with two equal bytes are reserved and have no meaning. */
  public static boolean isGrease(int value) {
    return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
  }

  private static boolean contains(int[] values, int wanted) {
    for (int value : values) {
      if (value == wanted) {
        return true;
      }
    }
    return false;
  }
}
