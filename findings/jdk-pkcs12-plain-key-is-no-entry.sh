#!/usr/bin/env bash
# JDK 17.0.15, java.security.KeyStore "PKCS12" and keytool, and a store whose key is in a keyBag.
# RFC 7292 4.2.1: a keyBag holds a plain PrivateKeyInfo; 4.2 lists it first among the bags. OpenSSL 3.0 writes it with "-keypbe NONE".
# Seen: the store loads without an error and has no entry at all, not even the certificate: "Your keystore contains 0 entries". A server
# that takes its key from it starts without one. With the certificate alone in plain ("-certpbe NONE") the entry is there.
# NSS (pk12util), GnuTLS (certtool) and Bouncy Castle 1.87 read the key. JDK 25 does as 17.
set -euo pipefail
java -version 2>&1 | grep '"17\.' > /dev/null || { echo "another JDK: $(java -version 2>&1 | head -1); expected 17"; exit 3; }
openssl version | grep '^OpenSSL 3\.0\.' > /dev/null || { echo "another version: $(openssl version); expected OpenSSL 3.0"; exit 3; }
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/k" -out "$work/c" -subj /CN=a.test -days 2 2> /dev/null
changed=0
entries() { # NAME EXPECTED OPTION...
  local name=$1 expected=$2; shift 2
  openssl pkcs12 -export -inkey "$work/k" -in "$work/c" -name a -out "$work/p12" -passout pass:password "$@"
  local openssl; openssl=$(openssl pkcs12 -in "$work/p12" -nodes -passin pass:password 2> /dev/null | grep -c BEGIN)
  local jdk; jdk=$(keytool -J-Duser.language=en -list -keystore "$work/p12" -storetype PKCS12 -storepass password | sed -n 's/^Your keystore contains \([0-9]*\) .*/\1/p')
  printf '%-22s OpenSSL: %s objects, JDK: %s entries\n' "$name" "$openssl" "$jdk"
  [ "$openssl $jdk" = "2 $expected" ] || { echo "  expected: 2 and $expected"; changed=1; }
}
entries 'both encrypted' 1
entries 'plain certificate' 1 -certpbe NONE
entries 'plain key' 0 -keypbe NONE
entries 'both plain' 0 -keypbe NONE -certpbe NONE
exit $changed
