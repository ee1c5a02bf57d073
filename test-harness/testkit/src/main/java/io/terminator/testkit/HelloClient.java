package io.terminator.testkit;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.XECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.NamedParameterSpec;
import java.security.spec.XECPublicKeySpec;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.Cipher;
import javax.crypto.KeyAgreement;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * A TLS client that offers exactly the code points that a test specifies, and reads the server's
 * first flight: its alert, or its version, protocol and certificate. In TLS 1.3 it decrypts that
 * flight itself (RFC 8446 section 7). It never completes a handshake.
 */
public final class HelloClient {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Map<Integer, KeyPair> KEYS = new ConcurrentHashMap<>();

  /** SHA-256 of "HelloRetryRequest", the random value of that message (RFC 8446 section 4.1.3). */
  private static final byte[] RETRY =
      java.util.HexFormat.of()
          .parseHex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c");

  private HelloClient() {}

  /**
   * The content of a ClientHello. If {@code versions} is empty, supported_versions is omitted and
   * {@code legacyVersion} applies; a null list omits its extension. {@code shares} are the groups
   * with a key share.
   */
  public record Offer(
      @Nullable String serverName,
      @Nullable List<String> alpn,
      int legacyVersion,
      int[] versions,
      int[] ciphers,
      int @Nullable [] groups,
      int @Nullable [] shares,
      int @Nullable [] signatures) {
    @Override
    public String toString() {
      return "Offer[name "
          + serverName
          + ", alpn "
          + alpn
          + ", legacy "
          + Integer.toHexString(legacyVersion)
          + ", versions "
          + hex(versions)
          + ", ciphers "
          + hex(ciphers)
          + ", groups "
          + hex(groups)
          + ", shares "
          + hex(shares)
          + ", signatures "
          + hex(signatures)
          + "]";
    }

    /** The ClientHello in one record. */
    public byte[] record() {
      return HelloClient.record(message(this, shares, new byte[32]));
    }
  }

  /**
   * The server's answer. {@code alert} is negative if the handshake continues; {@code certificate}
   * is null if a second ClientHello would need a group that only BoringSSL has.
   */
  public record Answer(
      int alert,
      int version,
      int cipher,
      @Nullable String protocol,
      @Nullable X509Certificate certificate,
      boolean retried) {
    public boolean isServed() {
      return alert < 0;
    }
  }

  private static String hex(int @Nullable [] values) {
    return values == null
        ? "absent"
        : Arrays.stream(values).mapToObj(Integer::toHexString).toList().toString();
  }

  /** Connects, sends {@code offer} and reads the answer to it. */
  public static Answer ask(InetSocketAddress server, Offer offer) throws IOException {
    try (TcpClient client = TcpClient.connect(server)) {
      return ask(
          offer,
          new Wire() {
            @Override
            public void send(byte[] bytes) throws IOException {
              client.write(bytes);
            }

            @Override
            public byte[] receive(int length) throws IOException {
              return client.readExactly(length);
            }
          });
    }
  }

  /**
   * A message other than a ServerHello arrived; {@code type} 1 is a ClientHello, so it was
   * forwarded.
   */
  public static final class UnexpectedMessage extends IOException {
    private static final long serialVersionUID = 1L;

    private final int type;

    UnexpectedMessage(int type) {
      super("handshake message " + type + " where ServerHello is due");
      this.type = type;
    }

    public int type() {
      return type;
    }
  }

  /** Where the bytes go to and come from. */
  public interface Wire {
    void send(byte[] bytes) throws IOException;

    /** Exactly so many. */
    byte[] receive(int length) throws IOException;
  }

  /** As above, over any wire. */
  public static Answer ask(Offer offer, Wire wire) throws IOException {
    try {
      return new Exchange(offer, wire).answer();
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static byte[] record(byte[] message) {
    return concat(
        new byte[] {22, 3, 1, (byte) (message.length >> 8), (byte) message.length}, message);
  }

  private static byte[] message(Offer offer, int @Nullable [] shares, byte[] random) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.writeBytes(uint16(offer.legacyVersion()));
    body.writeBytes(random);
    body.write(0);
    body.writeBytes(vector16(uint16s(offer.ciphers())));
    body.writeBytes(new byte[] {1, 0});
    ByteArrayOutputStream extensions = new ByteArrayOutputStream();
    String name = offer.serverName();
    if (name != null) {
      byte[] text = name.getBytes(StandardCharsets.US_ASCII);
      extension(extensions, 0, vector16(concat(new byte[] {0}, vector16(text))));
    }
    int[] groups = offer.groups();
    if (groups != null) {
      extension(extensions, 10, vector16(uint16s(groups)));
    }
    int[] signatures = offer.signatures();
    if (signatures != null) {
      extension(extensions, 13, vector16(uint16s(signatures)));
    }
    List<String> alpn = offer.alpn();
    if (alpn != null) {
      ByteArrayOutputStream names = new ByteArrayOutputStream();
      for (String each : alpn) {
        names.write(each.length());
        names.writeBytes(each.getBytes(StandardCharsets.ISO_8859_1));
      }
      extension(extensions, 16, vector16(names.toByteArray()));
    }
    // extended_master_secret and renegotiation_info, as every client of the day.
    extension(extensions, 23, new byte[0]);
    extension(extensions, 0xff01, new byte[1]);
    if (offer.versions().length > 0) {
      byte[] versions = uint16s(offer.versions());
      extension(extensions, 43, concat(new byte[] {(byte) versions.length}, versions));
    }
    if (shares != null) {
      ByteArrayOutputStream list = new ByteArrayOutputStream();
      for (int group : shares) {
        list.writeBytes(uint16(group));
        list.writeBytes(vector16(share(group)));
      }
      extension(extensions, 51, vector16(list.toByteArray()));
    }
    body.writeBytes(vector16(extensions.toByteArray()));
    byte[] content = body.toByteArray();
    return concat(new byte[] {1, 0, (byte) (content.length >> 8), (byte) content.length}, content);
  }

  private static void extension(ByteArrayOutputStream all, int type, byte[] content) {
    all.writeBytes(uint16(type));
    all.writeBytes(vector16(content));
  }

  private static byte[] uint16s(int[] values) {
    ByteBuffer all = ByteBuffer.allocate(2 * values.length);
    for (int value : values) {
      all.putShort((short) value);
    }
    return all.array();
  }

  private static byte[] uint16(int value) {
    return new byte[] {(byte) (value >> 8), (byte) value};
  }

  private static byte[] vector16(byte[] content) {
    return concat(uint16(content.length), content);
  }

  private static byte[] concat(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  /**
   * One ClientHello, its answer, and another ClientHello if the server requests another key share.
   */
  private static final class Exchange {
    private final Offer offer;
    private final Wire wire;
    private final ByteArrayOutputStream transcript = new ByteArrayOutputStream();
    private final ByteArrayOutputStream handshake = new ByteArrayOutputStream();
    private boolean retried;

    Exchange(Offer offer, Wire wire) {
      this.offer = offer;
      this.wire = wire;
    }

    Answer answer() throws IOException, GeneralSecurityException {
      byte[] random = new byte[32];
      RANDOM.nextBytes(random);
      byte[] first = message(offer, offer.shares(), random);
      wire.send(record(first));
      byte[] hello = nextMessage();
      if (hello.length == 0) {
        return refused();
      }
      if (hello[0] != 2) {
        throw new UnexpectedMessage(hello[0]);
      }
      ServerHello parsed = new ServerHello(hello);
      if (!parsed.isRetry()) {
        transcript.writeBytes(first);
        transcript.writeBytes(hello);
        return parsed.version == 0x0304 ? answer13(parsed) : answer12(parsed);
      }
      retried = true;
      if (share(parsed.group).length == 0) {
        return new Answer(-1, 0x0304, parsed.cipher, null, null, true);
      }
      byte[] hash = parsed.hash().digest(first);
      transcript.writeBytes(new byte[] {(byte) 254, 0, 0, (byte) hash.length});
      transcript.writeBytes(hash);
      transcript.writeBytes(hello);
      byte[] second = message(offer, new int[] {parsed.group}, random);
      transcript.writeBytes(second);
      wire.send(record(second));
      byte[] last = nextMessage();
      if (last.length == 0) {
        return refused();
      }
      transcript.writeBytes(last);
      return answer13(new ServerHello(last));
    }

    private int alert = -1;

    private Answer refused() {
      return new Answer(alert, 0, 0, null, null, retried);
    }

    /** The next handshake message in clear text; empty after an alert. */
    private byte[] nextMessage() throws IOException {
      while (true) {
        byte[] all = handshake.toByteArray();
        if (all.length >= 4) {
          int length = 4 + ((all[1] & 0xff) << 16 | (all[2] & 0xff) << 8 | all[3] & 0xff);
          if (all.length >= length) {
            handshake.reset();
            handshake.write(all, length, all.length - length);
            return Arrays.copyOf(all, length);
          }
        }
        byte[] header = wire.receive(5);
        byte[] content = wire.receive((header[3] & 0xff) << 8 | header[4] & 0xff);
        if (header[0] == 21) {
          alert = content[1] & 0xff;
          return new byte[0];
        }
        if (header[0] == 22) {
          handshake.writeBytes(content);
        } else if (header[0] != 20) {
          throw new IOException("a record of type " + header[0] + " within the first flight");
        }
      }
    }

    private Answer answer12(ServerHello hello) throws IOException, GeneralSecurityException {
      byte[] message = nextMessage();
      if (message.length == 0) {
        return refused();
      }
      if (message[0] != 11) {
        throw new IOException("message " + message[0] + " where Certificate is due");
      }
      return new Answer(
          -1, hello.version, hello.cipher, hello.protocol, certificate(message, 4 + 3), false);
    }

    private Answer answer13(ServerHello hello) throws IOException, GeneralSecurityException {
      FirstFlight flight = new FirstFlight(hello, transcript.toByteArray());
      ByteArrayOutputStream opened = new ByteArrayOutputStream();
      String protocol = null;
      int at = 0;
      while (true) {
        byte[] header = wire.receive(5);
        byte[] content = wire.receive((header[3] & 0xff) << 8 | header[4] & 0xff);
        if (header[0] == 20) {
          continue;
        }
        if (header[0] == 21) {
          alert = content[1] & 0xff;
          return refused();
        }
        opened.writeBytes(flight.open(header, content));
        byte[] all = opened.toByteArray();
        while (all.length - at >= 4) {
          int length = (all[at + 1] & 0xff) << 16 | (all[at + 2] & 0xff) << 8 | all[at + 3] & 0xff;
          if (all.length - at - 4 < length) {
            break;
          }
          byte[] message = Arrays.copyOfRange(all, at, at + 4 + length);
          at += 4 + length;
          if (message[0] == 8) {
            protocol = protocol(ByteBuffer.wrap(message, 4 + 2, length - 2));
          } else if (message[0] == 11) {
            // Behind an empty certificate_request_context.
            X509Certificate leaf = certificate(message, 4 + 1 + 3);
            return new Answer(-1, 0x0304, hello.cipher, protocol, leaf, retried);
          }
        }
      }
    }
  }

  private static X509Certificate certificate(byte[] message, int at)
      throws GeneralSecurityException {
    int length =
        (message[at] & 0xff) << 16 | (message[at + 1] & 0xff) << 8 | message[at + 2] & 0xff;
    return (X509Certificate)
        CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(message, at + 3, length));
  }

  private static @Nullable String protocol(ByteBuffer extensions) {
    while (extensions.hasRemaining()) {
      int type = extensions.getShort() & 0xffff;
      byte[] content = new byte[extensions.getShort() & 0xffff];
      extensions.get(content);
      if (type == 16) {
        return new String(content, 3, content.length - 3, StandardCharsets.ISO_8859_1);
      }
    }
    return null;
  }

  private static final class ServerHello {
    private final byte[] random = new byte[32];
    private final int cipher;
    private int version;
    private int group;
    private byte[] share = new byte[0];
    private @Nullable String protocol;

    ServerHello(byte[] message) {
      ByteBuffer in = ByteBuffer.wrap(message).position(4);
      version = in.getShort() & 0xffff;
      in.get(random);
      in.position(in.position() + 1 + in.get(in.position()));
      cipher = in.getShort() & 0xffff;
      in.get();
      if (!in.hasRemaining()) {
        return;
      }
      in.getShort();
      protocol = HelloClient.protocol(in.slice());
      while (in.hasRemaining()) {
        int type = in.getShort() & 0xffff;
        ByteBuffer content = in.slice(in.position() + 2, in.getShort(in.position()) & 0xffff);
        in.position(in.position() + 2 + content.remaining());
        if (type == 43) {
          version = content.getShort() & 0xffff;
        } else if (type == 51) {
          group = content.getShort() & 0xffff;
          if (content.hasRemaining()) {
            share = new byte[content.getShort() & 0xffff];
            content.get(share);
          }
        }
      }
    }

    boolean isRetry() {
      return Arrays.equals(random, RETRY);
    }

    MessageDigest hash() throws GeneralSecurityException {
      return MessageDigest.getInstance(cipher == 0x1302 ? "SHA-384" : "SHA-256");
    }
  }

  /** Opens the server's encrypted handshake records (RFC 8446 sections 5.2 and 7.1). */
  private static final class FirstFlight {
    private final ServerHello hello;
    private final String mac;
    private final int hashLength;
    private final byte[] key;
    private final byte[] iv;
    private long sequence;

    FirstFlight(ServerHello hello, byte[] transcript) throws GeneralSecurityException {
      this.hello = hello;
      this.mac = hello.cipher == 0x1302 ? "HmacSHA384" : "HmacSHA256";
      this.hashLength = hello.cipher == 0x1302 ? 48 : 32;
      byte[] zeros = new byte[hashLength];
      byte[] early = hmac(zeros, zeros);
      byte[] derived = expand(early, "derived", hello.hash().digest(), hashLength);
      byte[] secret = hmac(derived, agree(hello.group, hello.share));
      byte[] traffic = expand(secret, "s hs traffic", hello.hash().digest(transcript), hashLength);
      this.key = expand(traffic, "key", new byte[0], hello.cipher == 0x1301 ? 16 : 32);
      this.iv = expand(traffic, "iv", new byte[0], 12);
    }

    /** The handshake bytes of a record. */
    byte[] open(byte[] header, byte[] content) throws GeneralSecurityException, IOException {
      byte[] nonce = iv.clone();
      for (int i = 0; i < 8; i++) {
        nonce[11 - i] ^= (byte) (sequence >> 8 * i);
      }
      sequence++;
      Cipher cipher;
      if (hello.cipher == 0x1303) {
        cipher = Cipher.getInstance("ChaCha20-Poly1305");
        cipher.init(
            Cipher.DECRYPT_MODE, new SecretKeySpec(key, "ChaCha20"), new IvParameterSpec(nonce));
      } else {
        cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(
            Cipher.DECRYPT_MODE, new SecretKeySpec(key, "AES"), new GCMParameterSpec(128, nonce));
      }
      cipher.updateAAD(header);
      byte[] opened = cipher.doFinal(content);
      int end = opened.length;
      while (opened[end - 1] == 0) {
        end--;
      }
      if (opened[end - 1] != 22) {
        throw new IOException("an inner record of type " + opened[end - 1]);
      }
      return Arrays.copyOf(opened, end - 1);
    }

    private byte[] hmac(byte[] with, byte[] input) throws GeneralSecurityException {
      Mac hmac = Mac.getInstance(mac);
      hmac.init(new SecretKeySpec(with, mac));
      return hmac.doFinal(input);
    }

    /** HKDF-Expand-Label, limited to one block, which is sufficient here. */
    private byte[] expand(byte[] secret, String label, byte[] context, int length)
        throws GeneralSecurityException {
      byte[] text = ("tls13 " + label).getBytes(StandardCharsets.US_ASCII);
      ByteArrayOutputStream info = new ByteArrayOutputStream();
      info.writeBytes(uint16(length));
      info.write(text.length);
      info.writeBytes(text);
      info.write(context.length);
      info.writeBytes(context);
      info.write(1);
      return Arrays.copyOf(hmac(secret, info.toByteArray()), length);
    }
  }

  /** The client's public key for a group; empty if the JDK does not support the group. */
  private static byte[] share(int group) {
    if (group == 0x001d) {
      BigInteger u = ((XECPublicKey) keys(group).getPublic()).getU();
      byte[] little = new byte[32];
      for (int i = 0; i < 32; i++) {
        little[i] = u.shiftRight(8 * i).byteValue();
      }
      return little;
    }
    int size = fieldSize(group);
    if (size == 0) {
      return new byte[0];
    }
    ECPoint point = ((ECPublicKey) keys(group).getPublic()).getW();
    ByteBuffer encoded = ByteBuffer.allocate(1 + 2 * size).put((byte) 4);
    encoded.put(fixed(point.getAffineX(), size)).put(fixed(point.getAffineY(), size));
    return encoded.array();
  }

  private static byte[] fixed(BigInteger value, int size) {
    byte[] bytes = value.toByteArray();
    byte[] fixed = new byte[size];
    int length = Math.min(bytes.length, size);
    System.arraycopy(bytes, bytes.length - length, fixed, size - length, length);
    return fixed;
  }

  private static int fieldSize(int group) {
    return switch (group) {
      case 0x0017 -> 32;
      case 0x0018 -> 48;
      case 0x0019 -> 66;
      default -> 0;
    };
  }

  private static KeyPair keys(int group) {
    return KEYS.computeIfAbsent(
        group,
        wanted -> {
          try {
            if (wanted == 0x001d) {
              return KeyPairGenerator.getInstance("X25519").generateKeyPair();
            }
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(
                new ECGenParameterSpec(
                    "secp" + (wanted == 0x0019 ? 521 : 8 * fieldSize(wanted)) + "r1"));
            return generator.generateKeyPair();
          } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
          }
        });
  }

  private static byte[] agree(int group, byte[] theirs) throws GeneralSecurityException {
    PublicKey peer;
    if (group == 0x001d) {
      byte[] big = new byte[32];
      for (int i = 0; i < 32; i++) {
        big[i] = theirs[31 - i];
      }
      peer =
          KeyFactory.getInstance("X25519")
              .generatePublic(
                  new XECPublicKeySpec(NamedParameterSpec.X25519, new BigInteger(1, big)));
    } else {
      int size = fieldSize(group);
      ECPoint point =
          new ECPoint(
              new BigInteger(1, Arrays.copyOfRange(theirs, 1, 1 + size)),
              new BigInteger(1, Arrays.copyOfRange(theirs, 1 + size, 1 + 2 * size)));
      peer =
          KeyFactory.getInstance("EC")
              .generatePublic(
                  new ECPublicKeySpec(point, ((ECPublicKey) keys(group).getPublic()).getParams()));
    }
    KeyAgreement agreement = KeyAgreement.getInstance(group == 0x001d ? "X25519" : "ECDH");
    agreement.init(keys(group).getPrivate());
    agreement.doPhase(peer, true);
    return agreement.generateSecret();
  }
}
