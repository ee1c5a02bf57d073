package io.terminator.testkit;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Encrypts records that no TLS library would create, with the keys of a completed handshake, whose
 * secret is in the server's key log. The client itself must not write any more. Only for {@link
 * #SUITES}. One thread.
 */
public final class RecordForge {

  /** The cipher suites that the client has to offer, by their JDK names. */
  public static final String[] SUITES = {
    "TLS_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
  };

  public static final int ALERT = 21;
  public static final int APPLICATION_DATA = 23;

  private static final int KEY = 16;
  private static final int TAG = 16;

  private final boolean newer;
  private final byte[] key;
  private final byte[] iv;
  private long sequence;

  private RecordForge(boolean newer, byte[] key, byte[] iv, long sequence) {
    this.newer = newer;
    this.key = key;
    this.iv = iv;
    this.sequence = sequence;
  }

  /**
   * Whether {@code keyLog} contains what {@link #of} needs; it may be written after the handshake.
   */
  public static boolean isIn(List<String> keyLog, RawTlsClient client) {
    return keyLog.stream().anyMatch(line -> line.startsWith(entry(client)));
  }

  /** Creates the client's next record; {@code keyLog} has the NSS format. */
  public static RecordForge of(RawTlsClient client, List<String> keyLog) {
    String entry = entry(client);
    byte[] secret =
        keyLog.stream()
            .filter(line -> line.startsWith(entry))
            .map(line -> HexFormat.of().parseHex(line.substring(entry.length())))
            .findFirst()
            .orElseThrow(() -> new IllegalStateException("the key log has no " + entry));
    if (client.version() == TlsVersion.TLS_1_3) {
      return new RecordForge(
          true, expanded(secret, "tls13 key", KEY), expanded(secret, "tls13 iv", 12), 0);
    }
    ByteBuffer seed = ByteBuffer.allocate(13 + 64);
    seed.put("key expansion".getBytes(StandardCharsets.US_ASCII));
    seed.put(client.serverRandom()).put(client.clientRandom());
    byte[] block = block(secret, seed.array(), 2 * KEY + 8);
    // Finished was the first.
    return new RecordForge(
        false, Arrays.copyOf(block, KEY), Arrays.copyOfRange(block, 2 * KEY, 2 * KEY + 4), 1);
  }

  /** The next record. */
  public byte[] record(int type, byte[] content) {
    byte[] numbered = ByteBuffer.allocate(8).putLong(sequence++).array();
    if (newer) {
      byte[] nonce = iv.clone();
      for (int i = 0; i < numbered.length; i++) {
        nonce[4 + i] ^= numbered[i];
      }
      byte[] inner = Arrays.copyOf(content, content.length + 1);
      inner[content.length] = (byte) type;
      byte[] header = header(APPLICATION_DATA, inner.length + TAG);
      return joined(header, sealed(nonce, header, inner));
    }
    byte[] authentic = joined(numbered, header(type, content.length));
    byte[] sealed = sealed(joined(iv, numbered), authentic, content);
    return joined(header(type, numbered.length + sealed.length), numbered, sealed);
  }

  private static String entry(RawTlsClient client) {
    return (client.version() == TlsVersion.TLS_1_3 ? "CLIENT_TRAFFIC_SECRET_0 " : "CLIENT_RANDOM ")
        + HexFormat.of().formatHex(client.clientRandom())
        + " ";
  }

  /** HKDF-Expand-Label (RFC 8446 section 7.1), limited to the length of one hash. */
  private static byte[] expanded(byte[] secret, String label, int length) {
    byte[] text = label.getBytes(StandardCharsets.US_ASCII);
    ByteBuffer info = ByteBuffer.allocate(2 + 1 + text.length + 1 + 1);
    info.putShort((short) length).put((byte) text.length).put(text).put((byte) 0).put((byte) 1);
    return Arrays.copyOf(hmac(secret, info.array()), length);
  }

  /** RFC 5246 section 5, P_SHA256. */
  private static byte[] block(byte[] secret, byte[] seed, int length) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] a = hmac(secret, seed); all.size() < length; a = hmac(secret, a)) {
      all.writeBytes(hmac(secret, joined(a, seed)));
    }
    return Arrays.copyOf(all.toByteArray(), length);
  }

  private static byte[] hmac(byte[] key, byte[] text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(text);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HmacSHA256", e);
    }
  }

  private byte[] sealed(byte[] nonce, byte[] authentic, byte[] content) {
    try {
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
      cipher.init(
          Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"), new GCMParameterSpec(8 * TAG, nonce));
      cipher.updateAAD(authentic);
      return cipher.doFinal(content);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has AES/GCM", e);
    }
  }

  private static byte[] header(int type, int length) {
    return new byte[] {(byte) type, 3, 3, (byte) (length >> 8), (byte) length};
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}
