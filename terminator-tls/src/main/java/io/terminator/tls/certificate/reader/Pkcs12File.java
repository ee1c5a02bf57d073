package io.terminator.tls.certificate.reader;

import io.terminator.core.setting.Secret;
import io.terminator.tls.certificate.credential.CredentialProblem.Kind;
import io.terminator.tls.certificate.reader.PasswordEncryption.TooMuchWork;
import io.terminator.tls.certificate.reader.PasswordEncryption.UnknownAlgorithm;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.bouncycastle.asn1.ASN1BMPString;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1Set;
import org.bouncycastle.asn1.pkcs.Attribute;
import org.bouncycastle.asn1.pkcs.AuthenticatedSafe;
import org.bouncycastle.asn1.pkcs.CertBag;
import org.bouncycastle.asn1.pkcs.ContentInfo;
import org.bouncycastle.asn1.pkcs.EncryptedData;
import org.bouncycastle.asn1.pkcs.EncryptedPrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.MacData;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.Pfx;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.SafeBag;
import org.jspecify.annotations.Nullable;

/**
 * Reads PKCS#12 (RFC 7292) bag by bag. The JDK's key store returns no entry for an unencrypted key,
 * and which algorithms it decrypts depends on the Java version; this class decrypts the same on
 * every version, including PBMAC1 (RFC 9579). Not thread-safe.
 */
final class Pkcs12File {
  private static final int DEEPEST = 8;

  /** Marks a certificate as a trust anchor in a Java trust store. */
  private static final ASN1ObjectIdentifier TRUSTED_KEY_USAGE =
      new ASN1ObjectIdentifier("2.16.840.1.113894.746875.1.1");

  private final PasswordEncryption encryption = new PasswordEncryption();
  private final char[] password;
  private final char @Nullable [] keyPassword;
  private final List<Entry<PrivateKeyInfo>> keys = new ArrayList<>();
  private final List<Entry<byte[]>> certificates = new ArrayList<>();

  /** The content of a bag with the attributes that link a key to its certificate. */
  private record Entry<T>(T content, String alias, byte @Nullable [] localKey) {}

  private Pkcs12File(char[] password, char @Nullable [] keyPassword) {
    this.password = password;
    this.keyPassword = keyPassword;
  }

  static KeyMaterial read(byte[] content, String place, Passwords passwords, Findings findings) {
    Secret secret = passwords.file();
    char[] stated = secret == null ? new char[0] : secret.reveal().toCharArray();
    Secret ofKey = passwords.key();
    char[] keyPassword = ofKey == null ? null : ofKey.reveal().toCharArray();
    try {
      Pfx pfx = Pfx.getInstance(ASN1Sequence.getInstance(DerFormat.firstObject(content)));
      char[] opening = opening(pfx, stated);
      if (opening == null) {
        refusePassword(secret, place, findings);
        return KeyMaterial.NONE;
      }
      Pkcs12File file = new Pkcs12File(opening, keyPassword);
      file.readSafe(pfx.getAuthSafe());
      return file.material(place, findings);
    } catch (UnknownAlgorithm unknown) {
      findings.add(
          Kind.UNSUPPORTED_KEY,
          place,
          "the key store uses an unsupported algorithm ("
              + unknown.getMessage()
              + "). Export it again with openssl pkcs12 -export");
    } catch (TooMuchWork work) {
      findings.add(Kind.MALFORMED, place, "the key store " + work.getMessage());
    } catch (GeneralSecurityException wrongPassword) {
      refusePassword(secret, place, findings);
    } catch (IOException | RuntimeException e) {
      findings.add(
          Kind.MALFORMED, place, "a PKCS#12 key store that cannot be read. Export it again");
    } finally {
      Arrays.fill(stated, '\0');
      if (keyPassword != null) {
        Arrays.fill(keyPassword, '\0');
      }
    }
    return KeyMaterial.NONE;
  }

  private static void refusePassword(@Nullable Secret password, String place, Findings findings) {
    if (password == null) {
      PrivateKeyReader.missingPassword(place, "the key store", findings);
    } else {
      PrivateKeyReader.wrongPassword(place, "the key store", findings);
    }
  }

  /**
   * Returns the password in the encoding that the file was made with, or null if none matches.
   * Tools encode an empty password either as no octets or as a terminating zero; because key
   * derivation repeats the password, a single zero character stands for the latter.
   */
  private static char @Nullable [] opening(Pfx pfx, char[] password)
      throws IOException, GeneralSecurityException {
    MacData mac = pfx.getMacData();
    if (mac == null) {
      return password;
    }
    byte[] content = octets(pfx.getAuthSafe());
    List<char[]> spellings =
        password.length == 0 ? List.of(password, new char[1]) : List.of(password);
    for (char[] spelling : spellings) {
      if (new PasswordEncryption().isMac(mac, content, spelling)) {
        return spelling;
      }
    }
    return null;
  }

  private static byte[] octets(ContentInfo info) throws IOException {
    if (!info.getContentType().equals(PKCSObjectIdentifiers.data)) {
      throw new IOException("signed or encrypted for a public key");
    }
    return ASN1OctetString.getInstance(info.getContent()).getOctets();
  }

  private void readSafe(ContentInfo safe) throws IOException, GeneralSecurityException {
    for (ContentInfo info :
        AuthenticatedSafe.getInstance(ASN1Sequence.getInstance(octets(safe))).getContentInfo()) {
      if (info.getContentType().equals(PKCSObjectIdentifiers.encryptedData)) {
        EncryptedData data = EncryptedData.getInstance(info.getContent());
        readBags(
            encryption.decrypt(
                data.getEncryptionAlgorithm(), data.getContent().getOctets(), password),
            0);
      } else {
        readBags(octets(info), 0);
      }
    }
  }

  private void readBags(byte[] content, int depth) throws IOException, GeneralSecurityException {
    ASN1Sequence bags;
    try {
      bags = ASN1Sequence.getInstance(content);
    } catch (IllegalArgumentException garbage) {
      // Without a MAC, a wrong password is detected only here.
      throw new GeneralSecurityException("does not open", garbage);
    }
    for (ASN1Encodable each : bags) {
      readBag(SafeBag.getInstance(each), depth);
    }
  }

  private void readBag(SafeBag bag, int depth) throws IOException, GeneralSecurityException {
    ASN1ObjectIdentifier type = bag.getBagId();
    if (type.equals(PKCSObjectIdentifiers.keyBag)) {
      addTo(keys, PrivateKeyInfo.getInstance(bag.getBagValue()), bag);
    } else if (type.equals(PKCSObjectIdentifiers.pkcs8ShroudedKeyBag)) {
      addTo(keys, unshroud(ASN1Sequence.getInstance(bag.getBagValue())), bag);
    } else if (type.equals(PKCSObjectIdentifiers.certBag)) {
      CertBag certificate = CertBag.getInstance(bag.getBagValue());
      if (certificate.getCertId().equals(PKCSObjectIdentifiers.x509Certificate)
          && attribute(bag, TRUSTED_KEY_USAGE) == null) {
        addTo(
            certificates, ASN1OctetString.getInstance(certificate.getCertValue()).getOctets(), bag);
      }
    } else if (type.equals(PKCSObjectIdentifiers.safeContentsBag) && depth < DEEPEST) {
      readBags(bag.getBagValue().toASN1Primitive().getEncoded(), depth + 1);
    }
    // Revocation lists and secrets are not needed here and do no harm.
  }

  /**
   * GnuTLS 3.7 writes the key in clear into the bag for encrypted keys when the password is empty.
   * Only an unencrypted key starts with a version number.
   */
  private PrivateKeyInfo unshroud(ASN1Sequence content) throws GeneralSecurityException {
    return content.getObjectAt(0) instanceof ASN1Integer
        ? PrivateKeyInfo.getInstance(content)
        : open(EncryptedPrivateKeyInfo.getInstance(content));
  }

  private PrivateKeyInfo open(EncryptedPrivateKeyInfo encrypted) throws GeneralSecurityException {
    char[] own = keyPassword;
    if (own != null) {
      try {
        return encryption.open(encrypted, own);
      } catch (UnknownAlgorithm | TooMuchWork refused) {
        throw refused;
      } catch (GeneralSecurityException other) {
        // Most tools encrypt the key with the password of the store.
        return encryption.open(encrypted, password);
      }
    }
    return encryption.open(encrypted, password);
  }

  private static <T> void addTo(List<Entry<T>> entries, T content, SafeBag bag) {
    ASN1Encodable alias = attribute(bag, PKCSObjectIdentifiers.pkcs_9_at_friendlyName);
    ASN1Encodable local = attribute(bag, PKCSObjectIdentifiers.pkcs_9_at_localKeyId);
    entries.add(
        new Entry<>(
            content,
            alias == null ? "" : ASN1BMPString.getInstance(alias).getString(),
            local == null ? null : ASN1OctetString.getInstance(local).getOctets()));
  }

  private static @Nullable ASN1Encodable attribute(SafeBag bag, ASN1ObjectIdentifier name) {
    ASN1Set attributes = bag.getBagAttributes();
    if (attributes != null) {
      for (ASN1Encodable each : attributes) {
        Attribute attribute = Attribute.getInstance(each);
        if (attribute.getAttrType().equals(name) && attribute.getAttrValues().size() > 0) {
          return attribute.getAttrValues().getObjectAt(0);
        }
      }
    }
    return null;
  }

  /**
   * Selects the first key by alias, its certificate, and the certificates that belong to no other
   * key.
   */
  private KeyMaterial material(String place, Findings findings) throws IOException {
    keys.sort(Comparator.comparing(Entry::alias));
    if (keys.size() > 1) {
      KeyStoreFile.severalKeys(keys.size(), place, findings);
    }
    byte[] local = keys.isEmpty() ? null : keys.get(0).localKey();
    boolean isJoined =
        local != null
            && certificates.stream().anyMatch(each -> Arrays.equals(local, each.localKey()));
    List<ParsedCertificate> chain = new ArrayList<>();
    for (Entry<byte[]> each : certificates) {
      if (isJoined && Arrays.equals(local, each.localKey())) {
        chain.add(0, new ParsedCertificate(each.content()));
      } else if (!isJoined || each.localKey() == null) {
        chain.add(new ParsedCertificate(each.content()));
      }
    }
    return new KeyMaterial(chain, keys.isEmpty() ? List.of() : List.of(keys.get(0).content()));
  }
}
