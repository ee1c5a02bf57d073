#!/usr/bin/env bash
# JDK 17.0.15, java.security.KeyStore "PKCS12" and keytool, and stores under AES-192.
# RFC 8018 B.2.5 names AES with 128, 192 and 256 bits for PBES2. OpenSSL 3.0 writes such a store with "-keypbe aes-192-cbc -certpbe
# aes-192-cbc", NSS with "pk12util -c AES-192-CBC -C AES-192-CBC".
# Seen: the JDK opens the stores with 128 and 256 bits and refuses 192 ("PBE parameter parsing error: expecting the object identifier for AES
# cipher") although its Cipher knows AES with 192 bits. With only the key under AES-192 the store loads and the key is refused later.
# JDK 25 says the same.
set -euo pipefail
java -version 2>&1 | grep '"17\.' > /dev/null || { echo "another JDK: $(java -version 2>&1 | head -1); expected 17"; exit 3; }
openssl version | grep '^OpenSSL 3\.0\.' > /dev/null || { echo "another version: $(openssl version); expected OpenSSL 3.0"; exit 3; }
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/k" -out "$work/c" -subj /CN=a.test -days 2 2> /dev/null
make() { openssl pkcs12 -export -inkey "$work/k" -in "$work/c" -name a -out "$work/$1.p12" -passout pass:password -keypbe "$2" -certpbe "$3"; }
make 128 aes-128-cbc aes-128-cbc; make 192 aes-192-cbc aes-192-cbc; make 256 aes-256-cbc aes-256-cbc; make key192 aes-192-cbc aes-256-cbc
cat > "$work/Read.java" <<'JAVA'
import java.io.*; import java.security.*;
class Read {
  public static void main(String[] at) {
    for (String name : new String[] {"128", "192", "256", "key192"}) System.out.println(name + ": " + read(at[0] + "/" + name + ".p12"));
  }
  static String read(String file) {
    String step = "load";
    try (InputStream in = new FileInputStream(file)) {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(in, "password".toCharArray());
      step = "getKey";
      return store.getKey("a", "password".toCharArray()).getAlgorithm();
    } catch (Exception e) {
      for (Throwable t = e; t != null; t = t.getCause())
        if (String.valueOf(t.getMessage()).contains("identifier for AES cipher")) return step + " refuses the cipher";
      return step + ": " + e;
    }
  }
}
JAVA
java "$work/Read.java" "$work" | tee "$work/seen"
printf '%s\n' '128: EC' '192: load refuses the cipher' '256: EC' 'key192: getKey refuses the cipher' | cmp - "$work/seen" || { echo changed; exit 1; }
openssl pkcs12 -in "$work/192.p12" -nodes -passin pass:password > /dev/null && echo 'OpenSSL reads all'
