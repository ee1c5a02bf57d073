package io.terminator.tls.client;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.cert.CRLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/**
 * An element of DER in {@code source}, which is not copied: its tag at {@code start}, its content
 * from {@code body} to {@code end}.
 */
record DerElement(byte[] source, int start, int body, int end) {
  static final int BOOLEAN = 0x01;
  static final int INTEGER = 0x02;
  static final int OCTETS = 0x04;
  static final int OBJECT_ID = 0x06;
  static final int UTC_TIME = 0x17;
  static final int GENERALIZED_TIME = 0x18;
  static final int SEQUENCE = 0x30;

  private static final byte[] BEGIN = "-----BEGIN ".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] END = "-----END ".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] DASHES = "-----".getBytes(StandardCharsets.US_ASCII);

  private static final int LONG_TAG = 0x1f;
  private static final int LONG_LENGTH = 0x80;

  /** The elements of a file in DER or PEM, with any text around the blocks. */
  static List<DerElement> inFile(byte[] content) throws CRLException {
    List<DerElement> found = new ArrayList<>();
    int at = 0;
    while (at < content.length) {
      if (content[at] == SEQUENCE) {
        DerElement one = at(content, at, content.length);
        found.add(one);
        at = one.end;
        continue;
      }
      int begin = find(BEGIN, content, at);
      if (begin < 0) {
        break;
      }
      int label = find(DASHES, content, begin + BEGIN.length);
      int body = label + DASHES.length;
      int end = label < 0 ? -1 : find(END, content, body);
      int last = end < 0 ? -1 : find(DASHES, content, end + END.length);
      if (last < 0) {
        throw new CRLException("a block without an end");
      }
      byte[] block = decoded(ByteBuffer.wrap(content, body, end - body));
      DerElement one = at(block, 0, block.length);
      if (one.end != block.length) {
        throw new CRLException("more than one element in a block");
      }
      found.add(one);
      at = last + DASHES.length;
    }
    return found;
  }

  private static byte[] decoded(ByteBuffer text) throws CRLException {
    try {
      // Lines are skipped without a copy of the text.
      ByteBuffer decoded = Base64.getMimeDecoder().decode(text);
      byte[] whole = decoded.array();
      return whole.length == decoded.limit() ? whole : Arrays.copyOf(whole, decoded.limit());
    } catch (IllegalArgumentException damaged) {
      throw new CRLException("not base64", damaged);
    }
  }

  private static int find(byte[] wanted, byte[] content, int from) {
    for (int at = from; at <= content.length - wanted.length; at++) {
      if (content[at] == wanted[0]
          && Arrays.equals(content, at, at + wanted.length, wanted, 0, wanted.length)) {
        return at;
      }
    }
    return -1;
  }

  /** The element at {@code start}, which ends at {@code limit} at the latest. */
  static DerElement at(byte[] source, int start, int limit) throws CRLException {
    if (limit - start < 2 || (source[start] & LONG_TAG) == LONG_TAG) {
      throw new CRLException("no element");
    }
    long length = source[start + 1] & 0xff;
    int body = start + 2;
    if (length >= LONG_LENGTH) {
      int bytes = (int) length - LONG_LENGTH;
      if (bytes == 0 || bytes > 4 || bytes > limit - body) {
        throw new CRLException("a length without an end");
      }
      length = 0;
      for (int i = 0; i < bytes; i++) {
        length = length << 8 | source[body++] & 0xff;
      }
    }
    if (length > limit - body) {
      throw new CRLException("an element without an end");
    }
    return new DerElement(source, start, body, body + (int) length);
  }

  int tag() {
    return source[start] & 0xff;
  }

  int length() {
    return end - body;
  }

  boolean isTime() {
    return tag() == UTC_TIME || tag() == GENERALIZED_TIME;
  }

  DerElement expect(int tag) throws CRLException {
    if (tag() != tag) {
      throw new CRLException("another element than expected");
    }
    return this;
  }

  /** The first element inside this one. */
  DerElement first() throws CRLException {
    return at(source, body, end);
  }

  /** The element after this one, inside {@code whole}. */
  DerElement nextIn(DerElement whole) throws CRLException {
    return at(source, end, whole.end);
  }

  boolean isLastIn(DerElement whole) {
    return end == whole.end;
  }
}
