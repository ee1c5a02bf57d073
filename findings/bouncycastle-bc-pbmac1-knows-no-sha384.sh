#!/usr/bin/env bash
# Bouncy Castle bcpkix 1.87, PBMAC1 (RFC 9579) with HMAC-SHA384 as the PRF of PBKDF2.
# Seen: the JCA builder computes the MAC, the lightweight one (org.bouncycastle.pkcs.bc.BcPKCS12PBMac1CalculatorBuilder) throws
# "unknown prf id 1.2.840.113549.2.10" for the same parameters. With HMAC-SHA256 both compute the same MAC.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
for jar in bcprov bcutil bcpkix; do
  mvn -B -q dependency:copy -Dartifact=org.bouncycastle:$jar-jdk18on:1.87 -DoutputDirectory="$work/lib" > "$work/mvn" 2>&1 || { cat "$work/mvn"; exit 3; }
done
cat > "$work/Mac.java" <<'JAVA'
import java.security.*; import java.util.*; import org.bouncycastle.asn1.*; import org.bouncycastle.asn1.pkcs.*; import org.bouncycastle.asn1.x509.*;
import org.bouncycastle.jce.provider.*; import org.bouncycastle.operator.*; import org.bouncycastle.pkcs.*; import org.bouncycastle.pkcs.bc.*; import org.bouncycastle.pkcs.jcajce.*;
class Mac {
  public static void main(String[] at) throws Exception {
    Security.addProvider(new BouncyCastleProvider());
    for (ASN1ObjectIdentifier hmac : new ASN1ObjectIdentifier[] {PKCSObjectIdentifiers.id_hmacWithSHA256, PKCSObjectIdentifiers.id_hmacWithSHA384}) {
      AlgorithmIdentifier prf = new AlgorithmIdentifier(hmac, DERNull.INSTANCE);
      int size = hmac.equals(PKCSObjectIdentifiers.id_hmacWithSHA256) ? 32 : 48;
      PBMAC1Params params = new PBMAC1Params(new AlgorithmIdentifier(PKCSObjectIdentifiers.id_PBKDF2, new PBKDF2Params(new byte[16], 2048, size, prf)), prf);
      String jce = mac(() -> new JcePBMac1CalculatorBuilder(params).setProvider("BC").build("pass".toCharArray()));
      String bc = mac(() -> new BcPKCS12PBMac1CalculatorBuilder(params).build("pass".toCharArray()));
      System.out.println(hmac + ": " + (bc.equals(jce) ? "the same" : bc + "; JCA: " + (jce.length() == 2 * size ? "computed" : jce)));
    }
  }
  interface Made { MacCalculator get() throws Exception; }
  static String mac(Made made) {
    try {
      MacCalculator mac = made.get();
      mac.getOutputStream().write(new byte[] {1, 2, 3});
      return HexFormat.of().formatHex(mac.getMac());
    } catch (Exception e) { Throwable t = e; while (t.getCause() != null) t = t.getCause(); return t.getMessage(); }
  }
}
JAVA
java -cp "$work/lib/*" "$work/Mac.java" | tee "$work/seen"
printf '%s\n' '1.2.840.113549.2.9: the same' '1.2.840.113549.2.10: unknown prf id 1.2.840.113549.2.10; JCA: computed' | cmp - "$work/seen" || { echo changed; exit 1; }
