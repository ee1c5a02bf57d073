#!/usr/bin/env bash
# NSS pk12util 3.87.1 (Debian 12: libnss3-tools 2:3.87.1-1+deb12u2) and PKCS#12 without a MAC, as "openssl pkcs12 -export -nomac" writes it.
# RFC 7292 section 4: "macData MacData OPTIONAL".
# Seen: "pk12util -i" refuses the store with "SEC_ERROR_BAD_DER: security library: improperly formatted DER-encoded message". OpenSSL 3.0 and
# the JDK 17 read the key from it. The same store with a MAC, and even one with its key in plain, is imported.
set -euo pipefail
for program in pk12util certutil openssl keytool; do command -v $program > /dev/null || { echo "needs Debian's libnss3-tools, openssl and a JDK 17"; exit 3; }; done
dpkg-query -W -f '${Version}' libnss3-tools 2> /dev/null | grep '^2:3\.87\.1-' > /dev/null || { echo "another version of libnss3-tools; expected 3.87.1"; exit 3; }
openssl version | grep '^OpenSSL 3\.0\.' > /dev/null || { echo "another version: $(openssl version); expected OpenSSL 3.0"; exit 3; }
java -version 2>&1 | grep '"17\.' > /dev/null || { echo "another JDK: $(java -version 2>&1 | head -1); expected 17"; exit 3; }
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/k" -out "$work/c" -subj /CN=a.test -days 2 2> /dev/null
changed=0
try() { # NAME EXPECTED-OF-NSS OPTION...
  local name=$1 expected=$2 nss openssl jdk; shift 2
  openssl pkcs12 -export -inkey "$work/k" -in "$work/c" -name a -out "$work/p12" -passout pass:password "$@"
  rm -rf "$work/db"; mkdir "$work/db"; certutil -N -d "sql:$work/db" --empty-password
  pk12util -i "$work/p12" -d "sql:$work/db" -W password > "$work/out" 2>&1 && nss=imported || nss=$(grep -o 'SEC_ERROR_[A-Z_]*' "$work/out" | head -1)
  openssl pkcs12 -in "$work/p12" -nodes -passin pass:password > "$work/pem" 2> /dev/null || true
  grep -q 'PRIVATE KEY' "$work/pem" && openssl=key || openssl='no key'
  keytool -J-Duser.language=en -list -keystore "$work/p12" -storetype PKCS12 -storepass password > "$work/jdk" 2>&1 || true
  grep -q PrivateKeyEntry "$work/jdk" && jdk=key || jdk='no key'
  printf '%-12s NSS: %s; OpenSSL: %s; JDK: %s\n' "$name" "$nss" "$openssl" "$jdk"
  [ "$nss" = "$expected" ] && [ "$openssl" = key ] || changed=1
  [ "$jdk" = key ] || [ "$name" = 'plain key' ] || changed=1
}
try 'with a MAC' imported
try 'plain key' imported -keypbe NONE
try 'without' SEC_ERROR_BAD_DER -nomac
[ $changed = 0 ] || echo 'changed: expected NSS to refuse the last one alone'
exit $changed
