#!/usr/bin/env bash
# GnuTLS certtool 3.7.9 (Debian 12: gnutls-bin) and EC private keys as the JDK 17 encodes them (PrivateKey.getEncoded, PKCS#8).
# RFC 5915 section 3: publicKey is OPTIONAL in ECPrivateKey, and the JDK leaves it out. OpenSSL reads such a key.
# Seen: "certtool --load-privkey ... --generate-self-signed" and "certtool -k" refuse it: "ASN1 parser: Element was not found".
# A key that OpenSSL made, with its public key in it, is read; the same one without it (openssl ec -no_public) is refused alike.
set -euo pipefail
certtool --version | grep '^certtool 3\.7\.9' > /dev/null || { echo "another version: $(certtool --version | head -1); expected certtool 3.7.9"; exit 3; }
java -version 2>&1 | grep '"17\.' > /dev/null || { echo "another JDK: $(java -version 2>&1 | head -1); expected 17"; exit 3; }
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
cat > "$work/Make.java" <<'JAVA'
import java.nio.file.*; import java.security.*; import java.security.spec.*; import java.util.*;
class Make {
  public static void main(String[] to) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    byte[] der = generator.generateKeyPair().getPrivate().getEncoded();
    String pem = "-----BEGIN PRIVATE KEY-----\n" + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n-----END PRIVATE KEY-----\n";
    Files.writeString(Path.of(to[0]), pem);
  }
}
JAVA
java "$work/Make.java" "$work/jdk.key"
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/with.key" 2> /dev/null
openssl ec -in "$work/with.key" -no_public 2> /dev/null | openssl pkcs8 -topk8 -nocrypt -out "$work/without.key"
read_by_certtool() { certtool -k --infile "$1" > "$work/out" 2>&1 && echo read || { grep -o 'ASN1 parser: [A-Za-z ]*' "$work/out" | head -1 || tail -1 "$work/out"; }; }
jdk=$(read_by_certtool "$work/jdk.key"); with=$(read_by_certtool "$work/with.key"); without=$(read_by_certtool "$work/without.key")
echo "as the JDK wrote it: $jdk"
echo "by OpenSSL with the public key: $with"
echo "by OpenSSL without it: $without"
for seen in "$jdk" "$without"; do
  case "$seen" in 'ASN1 parser: Element was not found'*) ;; *) echo "changed: expected 'ASN1 parser: Element was not found'"; exit 1 ;; esac
done
[ "$with" = read ] || { echo "changed: expected the key with its public key to be read"; exit 1; }
