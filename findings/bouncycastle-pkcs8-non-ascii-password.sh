#!/usr/bin/env bash
# Bouncy Castle bcpkix 1.87, JceOpenSSLPKCS8DecryptorProviderBuilder with its own provider, and OpenSSL 3.0's encrypted PKCS#8.
# RFC 8018 leaves the encoding of passwords open; OpenSSL takes the bytes as they are, which is UTF-8 in a UTF-8 terminal.
# Seen: with PBES2 and hmacWithSHA256 the key opens under "päss w0rd"; with hmacWithSHA1, the same password and the same builder, it does
# not. Under an ASCII password both open.
set -euo pipefail
openssl version | grep '^OpenSSL 3\.0\.' > /dev/null || { echo "another version: $(openssl version); expected OpenSSL 3.0"; exit 3; }
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
for jar in bcprov bcutil bcpkix; do
  mvn -B -q dependency:copy -Dartifact=org.bouncycastle:$jar-jdk18on:1.87 -DoutputDirectory="$work/lib" > "$work/mvn" 2>&1 || { cat "$work/mvn"; exit 3; }
done
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/k" 2> /dev/null
i=0
for password in 'päss w0rd' 'pass w0rd'; do
  for prf in hmacWithSHA256 hmacWithSHA1; do
    i=$((i + 1))
    openssl pkcs8 -topk8 -v2 aes-256-cbc -v2prf $prf -in "$work/k" -out "$work/$i.pem" -passout "pass:$password"
  done
done
cat > "$work/Open.java" <<'JAVA'
import java.io.*; import java.security.*; import org.bouncycastle.jce.provider.*; import org.bouncycastle.openssl.*;
import org.bouncycastle.openssl.jcajce.*; import org.bouncycastle.pkcs.*;
class Open {
  public static void main(String[] at) throws Exception {
    Security.addProvider(new BouncyCastleProvider());
    for (int i = 1; i <= 4; i++) {
      char[] password = (i < 3 ? "p\u00e4ss w0rd" : "pass w0rd").toCharArray();
      String seen;
      try (PEMParser parser = new PEMParser(new FileReader(at[0] + "/" + i + ".pem"))) {
        PKCS8EncryptedPrivateKeyInfo key = (PKCS8EncryptedPrivateKeyInfo) parser.readObject();
        key.decryptPrivateKeyInfo(new JceOpenSSLPKCS8DecryptorProviderBuilder().setProvider("BC").build(password));
        seen = "opens";
      } catch (Exception e) { seen = "fails"; }
      System.out.println((i < 3 ? "non-ASCII" : "ASCII") + ", " + (i % 2 == 1 ? "SHA256" : "SHA1") + ": " + seen);
    }
  }
}
JAVA
java -cp "$work/lib/*" "$work/Open.java" "$work" | tee "$work/seen"
printf '%s\n' 'non-ASCII, SHA256: opens' 'non-ASCII, SHA1: fails' 'ASCII, SHA256: opens' 'ASCII, SHA1: opens' | cmp - "$work/seen" || { echo "changed"; exit 1; }
