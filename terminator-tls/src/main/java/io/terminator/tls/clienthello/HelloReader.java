package io.terminator.tls.clienthello;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Parses one complete ClientHello body (RFC 8446 section 4.1.2). Every length is checked against
 * the remaining bytes.
 */
final class HelloReader {
  private static final int RANDOM = 32;
  private static final int MOST_EXTENSIONS = 128;
  private static final int USUAL_EXTENSIONS = 24;
  private static final int MOST_NAME = 255;

  // Real clients offer only a few protocols, and each takes twenty times its size on the heap for
  // the lifetime of the connection.
  private static final int MOST_PROTOCOLS = 32;

  private static final int SERVER_NAME = 0;
  private static final int SUPPORTED_GROUPS = 10;
  private static final int SIGNATURE_ALGORITHMS = 13;
  private static final int ALPN = 16;
  private static final int SESSION_TICKET = 35;
  private static final int PRE_SHARED_KEY = 41;
  private static final int SUPPORTED_VERSIONS = 43;
  private static final int KEY_SHARE = 51;

  private static final int[] NONE = {};

  private final ByteBuffer body;
  private int[] supportedVersions = NONE;
  private int[] groups = NONE;
  private int[] keyShares = NONE;
  private int[] signatureAlgorithms = NONE;
  private List<String> alpn = List.of();
  private @Nullable String serverName;
  private boolean hasPreSharedKey;
  private boolean hasTicket;

  HelloReader(ByteBuffer body) {
    this.body = body;
  }

  ClientHello read() throws HelloException {
    int legacyVersion = uint16(body);
    leave(body, enter(body, RANDOM));
    int end = enter(body, uint8(body));
    if (body.remaining() > 32) {
      throw malformed();
    }
    leave(body, end);
    enter(body, uint16(body));
    int[] ciphers = atLeastOne(uint16s(body));
    leave(body, end);
    enter(body, uint8(body));
    if (!body.hasRemaining()) {
      throw malformed();
    }
    leave(body, end);
    int[] extensions = NONE;
    if (body.hasRemaining()) {
      enter(body, uint16(body));
      extensions = extensions(body);
      leave(body, end);
    }
    if (body.hasRemaining()) {
      throw malformed();
    }
    return new ClientHello(
        legacyVersion,
        ciphers,
        extensions,
        supportedVersions,
        groups,
        keyShares,
        signatureAlgorithms,
        alpn,
        serverName,
        hasPreSharedKey,
        hasTicket);
  }

  private int[] extensions(ByteBuffer all) throws HelloException {
    int[] types = new int[USUAL_EXTENSIONS];
    int count = 0;
    while (all.hasRemaining()) {
      int type = uint16(all);
      int end = enter(all, uint16(all));
      if (count == MOST_EXTENSIONS) {
        throw malformed();
      }
      if (count == types.length) {
        types = Arrays.copyOf(types, MOST_EXTENSIONS);
      }
      for (int i = 0; i < count; i++) {
        if (types[i] == type) {
          throw new HelloException(HelloProblem.DUPLICATE_EXTENSION);
        }
      }
      types[count++] = type;
      extension(type, all);
      leave(all, end);
    }
    return Arrays.copyOf(types, count);
  }

  private void extension(int type, ByteBuffer content) throws HelloException {
    switch (type) {
      case SERVER_NAME -> serverName = serverName(content);
      case SUPPORTED_GROUPS -> groups = atLeastOne(uint16s(whole16(content)));
      case SIGNATURE_ALGORITHMS -> signatureAlgorithms = atLeastOne(uint16s(whole16(content)));
      case ALPN -> alpn = protocols(whole16(content));
      case SESSION_TICKET -> hasTicket = content.hasRemaining();
      // An empty list of identities offers nothing (RFC 8446 section 4.2.11).
      case PRE_SHARED_KEY -> hasPreSharedKey = content.remaining() > 2 && uint16(content) > 0;
      case SUPPORTED_VERSIONS -> {
        if (uint8(content) != content.remaining()) {
          throw malformed();
        }
        supportedVersions = atLeastOne(uint16s(content));
      }
      case KEY_SHARE -> keyShares = keyShares(whole16(content));
      default -> {
        // Extensions that only BoringSSL uses are checked by BoringSSL.
      }
    }
  }

  /**
   * RFC 6066 section 3: a list of names with at most one host name; no other type was ever defined.
   */
  private static @Nullable String serverName(ByteBuffer content) throws HelloException {
    int type = uint8(whole16(content));
    int end = enter(content, uint16(content));
    if (type != 0 || content.limit() != end) {
      throw new HelloException(HelloProblem.BAD_SERVER_NAME);
    }
    return hostName(content);
  }

  static @Nullable String hostName(ByteBuffer name) throws HelloException {
    int length = name.remaining();
    if (length == 0) {
      throw malformed();
    }
    if (name.get(name.limit() - 1) == '.') {
      length--;
    }
    if (length == 0 || length > MOST_NAME) {
      throw new HelloException(HelloProblem.BAD_SERVER_NAME);
    }
    byte[] text = new byte[length];
    boolean letters = false;
    int label = 0;
    int last = '.';
    for (int i = 0; i < length; i++) {
      int c = name.get() & 0xff;
      if (c >= 'A' && c <= 'Z') {
        c += 'a' - 'A';
      }
      boolean digit = c >= '0' && c <= '9';
      if (c == ':') {
        // An IPv6 literal is not allowed as a name, but common enough to be treated as absent. A
        // name with a port is a name, although no certificate has it.
        return letters && isPort(name, length - i - 1)
            ? new String(text, 0, i, StandardCharsets.US_ASCII) + ":" + digits(name, length - i - 1)
            : null;
      }
      // RFC 1123 section 2.1: a label neither begins nor ends with a hyphen.
      if ((c == '-' && last == '.') || (c == '.' && last == '-')) {
        throw new HelloException(HelloProblem.BAD_SERVER_NAME);
      }
      last = c;
      if (c == '.') {
        if (label == 0) {
          throw new HelloException(HelloProblem.BAD_SERVER_NAME);
        }
        label = 0;
      } else if (digit || (c >= 'a' && c <= 'z') || c == '-' || c == '_') {
        letters |= !digit;
        if (++label > 63) {
          throw new HelloException(HelloProblem.BAD_SERVER_NAME);
        }
      } else {
        throw new HelloException(HelloProblem.BAD_SERVER_NAME);
      }
      text[i] = (byte) c;
    }
    if (last == '-') {
      throw new HelloException(HelloProblem.BAD_SERVER_NAME);
    }
    // Only digits and dots: an IPv4 literal.
    return letters ? new String(text, StandardCharsets.US_ASCII) : null;
  }

  /** Whether the next {@code length} bytes are one to five digits; does not consume them. */
  private static boolean isPort(ByteBuffer name, int length) {
    boolean port = length >= 1 && length <= 5;
    for (int i = 0; port && i < length; i++) {
      int c = name.get(name.position() + i);
      port = c >= '0' && c <= '9';
    }
    return port;
  }

  private static String digits(ByteBuffer name, int length) {
    byte[] text = new byte[length];
    name.get(text);
    return new String(text, StandardCharsets.US_ASCII);
  }

  /** RFC 7301 section 3.1. Bytes that are not text stay distinguishable as Latin-1. */
  private static List<String> protocols(ByteBuffer list) throws HelloException {
    if (!list.hasRemaining()) {
      throw malformed();
    }
    List<String> names = new ArrayList<>(4);
    while (list.hasRemaining()) {
      int end = enter(list, uint8(list));
      if (!list.hasRemaining() || names.size() == MOST_PROTOCOLS) {
        throw malformed();
      }
      byte[] text = new byte[list.remaining()];
      list.get(text);
      leave(list, end);
      names.add(new String(text, StandardCharsets.ISO_8859_1));
    }
    return List.copyOf(names);
  }

  private static int[] keyShares(ByteBuffer list) throws HelloException {
    int[] shares = new int[list.remaining() / 4];
    int count = 0;
    while (list.hasRemaining()) {
      int group = uint16(list);
      int end = enter(list, uint16(list));
      if (!list.hasRemaining()) {
        throw malformed();
      }
      leave(list, end);
      shares[count++] = group;
    }
    return Arrays.copyOf(shares, count);
  }

  /** RFC 8446 requires at least one entry in each list of these extensions. */
  private static int[] atLeastOne(int[] values) throws HelloException {
    if (values.length == 0) {
      throw malformed();
    }
    return values;
  }

  private static int[] uint16s(ByteBuffer list) throws HelloException {
    if (list.remaining() % 2 != 0) {
      throw malformed();
    }
    int[] values = new int[list.remaining() / 2];
    for (int i = 0; i < values.length; i++) {
      values[i] = list.getShort() & 0xffff;
    }
    return values;
  }

  /** {@code from} after the length of a vector that takes all the rest of it. */
  private static ByteBuffer whole16(ByteBuffer from) throws HelloException {
    if (uint16(from) != from.remaining()) {
      throw malformed();
    }
    return from;
  }

  /**
   * Limits {@code from} to the next {@code length} bytes and returns the limit before, for {@link
   * #leave}. A buffer per vector was a quarter of what a connection allocated.
   */
  private static int enter(ByteBuffer from, int length) throws HelloException {
    if (length > from.remaining()) {
      throw malformed();
    }
    int end = from.limit();
    from.limit(from.position() + length);
    return end;
  }

  /** Continues behind the bytes of {@link #enter}, of which some may not have been read. */
  private static void leave(ByteBuffer from, int end) {
    from.position(from.limit());
    from.limit(end);
  }

  private static int uint8(ByteBuffer from) throws HelloException {
    if (!from.hasRemaining()) {
      throw malformed();
    }
    return from.get() & 0xff;
  }

  private static int uint16(ByteBuffer from) throws HelloException {
    if (from.remaining() < 2) {
      throw malformed();
    }
    return from.getShort() & 0xffff;
  }

  private static HelloException malformed() {
    return new HelloException(HelloProblem.MALFORMED);
  }
}
