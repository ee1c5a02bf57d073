#!/usr/bin/env bash
# GnuTLS certtool 3.7.9 (Debian 12: gnutls-bin), "certtool --to-p12 --password ''".
# RFC 7292 section 4.2: a keyBag holds a plain PrivateKeyInfo, a pkcs8ShroudedKeyBag an EncryptedPrivateKeyInfo.
# Seen: the file has a pkcs8ShroudedKeyBag that holds the plain PrivateKeyInfo, under a MAC of 600,000 iterations with the empty password.
# OpenSSL 3.0 ("wrong tag") and the JDK 17 ("Private key not stored as PKCS#8 EncryptedPrivateKeyInfo") refuse it.
# With --empty-password or --null-password the same key is encrypted, and both read it.
set -euo pipefail
certtool --version | grep '^certtool 3\.7\.9' > /dev/null || { echo "another version: $(certtool --version | head -1); expected certtool 3.7.9"; exit 3; }
openssl version | grep '^OpenSSL 3\.0\.' > /dev/null || { echo "another version: $(openssl version); expected OpenSSL 3.0"; exit 3; }
java -version 2>&1 | grep '"17\.' > /dev/null || { echo "another JDK: $(java -version 2>&1 | head -1); expected 17"; exit 3; }
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/k" -out "$work/c" -subj /CN=a.test -days 2 2> /dev/null
cat > "$work/Read.java" <<'JAVA'
import java.io.*; import java.security.*;
class Read {
  public static void main(String[] file) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(new FileInputStream(file[0]), new char[0]);
    try { System.out.println(store.getKey(store.aliases().nextElement(), new char[0]).getAlgorithm()); }
    catch (UnrecoverableKeyException e) { System.out.println(e.getMessage().replaceAll(":.*", "")); }
  }
}
JAVA
failed=0
check() { # NAME EXPECTED SEEN
  printf '%-32s %s\n' "$1" "$3"
  [ "$2" = "$3" ] || { echo "  expected: $2"; failed=1; }
}
for way in --password= --empty-password --null-password; do
  certtool --to-p12 --load-privkey "$work/k" --load-certificate "$work/c" --p12-name a "$way" --outder --outfile "$work/p12" 2> /dev/null
  clear=no
  # The OID of pkcs8ShroudedKeyBag, [0], and a SEQUENCE that starts with INTEGER 0, as PrivateKeyInfo does.
  od -An -v -tx1 "$work/p12" | tr -d ' \n' | grep -E '2a864886f70d010c0a0102a081..3081..020100' > /dev/null && clear=yes
  openssl pkcs12 -in "$work/p12" -passin pass: -nodes -nocerts > "$work/out" 2> "$work/err" && opened=reads || opened=$(grep -o 'wrong tag' "$work/err" | head -1)
  jdk=$(java "$work/Read.java" "$work/p12")
  case $way in
    --password=) plain=yes openssl='wrong tag' java='Private key not stored as PKCS#8 EncryptedPrivateKeyInfo' ;;
    *) plain=no openssl=reads java=EC ;;
  esac
  check "$way plain key" "$plain" "$clear"
  check "$way OpenSSL" "$openssl" "$opened"
  check "$way JDK" "$java" "$jdk"
done
exit $failed
