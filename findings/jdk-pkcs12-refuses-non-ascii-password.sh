#!/usr/bin/env bash
# JDK 17.0.15, java.security.KeyStore "PKCS12" (SunJSSE and SUN), and passwords outside of ASCII.
# RFC 7292 appendix B.1: a password is a BMPString, so "päss w0rd" is valid; OpenSSL 3.0 and NSS write such files.
# Seen: the JDK refuses to write an entry under such a password and to read OpenSSL's file, with PBES2 and with "openssl pkcs12 -legacy":
# "Password is not ASCII". OpenSSL reads both.
set -euo pipefail
java -version 2>&1 | grep '"17\.' > /dev/null || { echo "another JDK: $(java -version 2>&1 | head -1); expected 17"; exit 3; }
openssl version | grep '^OpenSSL 3\.0\.' > /dev/null || { echo "another version: $(openssl version); expected OpenSSL 3.0"; exit 3; }
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
export LC_ALL=C.UTF-8
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/k" -out "$work/c" -subj /CN=a.test -days 2 2> /dev/null
openssl pkcs12 -export -inkey "$work/k" -in "$work/c" -out "$work/new.p12" -passout 'pass:päss w0rd'
openssl pkcs12 -export -legacy -inkey "$work/k" -in "$work/c" -out "$work/old.p12" -passout 'pass:päss w0rd'
cat > "$work/Try.java" <<'JAVA'
import java.io.*; import java.nio.file.*; import java.security.*; import java.security.cert.*;
class Try {
  static final char[] PASSWORD = "p\u00e4ss w0rd".toCharArray();
  public static void main(String[] at) throws Exception {
    for (String name : new String[] {"new.p12", "old.p12"}) System.out.println("read " + name + ": " + read(Path.of(at[0], name)));
    System.out.println("write: " + write());
  }
  static String read(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(in, PASSWORD);
      String alias = store.aliases().nextElement();
      return store.getKey(alias, PASSWORD) == null ? "no key" : "key";
    } catch (Exception e) { return last(e); }
  }
  static String write() {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      javax.crypto.SecretKey key = new javax.crypto.spec.SecretKeySpec(new byte[16], "AES");
      store.setEntry("a", new KeyStore.SecretKeyEntry(key), new KeyStore.PasswordProtection(PASSWORD));
      store.store(new ByteArrayOutputStream(), PASSWORD);
      return "written";
    } catch (Exception e) { return last(e); }
  }
  static String last(Throwable e) { while (e.getCause() != null) e = e.getCause(); return e.getMessage(); }
}
JAVA
java "$work/Try.java" "$work" | tee "$work/seen"
[ "$(grep -c 'Password is not ASCII' "$work/seen")" = 3 ] || { echo "changed: expected three refusals"; exit 1; }
openssl pkcs12 -in "$work/new.p12" -nokeys -passin 'pass:päss w0rd' > /dev/null && openssl pkcs12 -legacy -in "$work/old.p12" -nokeys -passin 'pass:päss w0rd' > /dev/null
echo "OpenSSL reads both"
