#!/usr/bin/env bash
# ldapsearch 2.5.13 of OpenLDAP (Debian 12: ldap-utils 2.5.13+dfsg-5, with GnuTLS) and "ldaps://localhost".
# RFC 4513 3.1.3: the client compares "the DNS host name that was provided by the user" with the names in the certificate.
# Seen: for "localhost" it compares the machine's own host name instead ("hostname (...) does not match common name in certificate
# (localhost)"), so a certificate for localhost is refused, as a bare "Can't contact LDAP server (-1)". "ldaps://127.0.0.1" with an address
# in the certificate is accepted, and so is "ldaps://localhost" with a certificate for the machine's name.
set -euo pipefail
for program in ldapsearch openssl; do command -v $program > /dev/null || { echo "needs Debian's ldap-utils and openssl"; exit 3; }; done
ldapsearch -VV 2>&1 | grep 'ldapsearch 2\.5\.13' > /dev/null || { echo "another version: $(ldapsearch -VV 2>&1 | head -1); expected 2.5.13"; exit 3; }
own=$(hostname)
[ "$own" != localhost ] || { echo "needs a machine that is not called localhost"; exit 3; }
work=$(mktemp -d); trap '[ -z "${pid:-}" ] || kill "$pid" 2> /dev/null || true; wait 2> /dev/null || true; rm -rf "$work"' EXIT
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/ca.key" -out "$work/ca.pem" -subj /CN=ca -days 2 2> /dev/null
mkfifo "$work/in"; exec 9<> "$work/in"  # s_server leaves when its standard input ends
changed=0
try() { # SUBJECT-ALTERNATIVE-NAMES HOST EXPECTED
  local port seen log; log=$(mktemp "$work/XXXX")
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/k" -out "$work/r" -subj /CN=localhost 2> /dev/null
  openssl x509 -req -in "$work/r" -CA "$work/ca.pem" -CAkey "$work/ca.key" -out "$work/c" -days 2 -extfile <(echo "subjectAltName=$1") 2> /dev/null
  openssl s_server -accept 127.0.0.1:0 -cert "$work/c" -key "$work/k" <&9 > "$log" 2>&1 & pid=$!
  for ((i = 0; i < 100; i++)); do grep ACCEPT "$log" > /dev/null 2>&1 && break; sleep 0.1; done
  port=$(sed -n 's/^ACCEPT .*:\([0-9]*\)$/\1/p' "$log")
  # The server speaks no LDAP: what counts is whether the client gets past the certificate and waits for an answer.
  LDAPTLS_CACERT="$work/ca.pem" timeout 5 ldapsearch -d 1 -x -H "ldaps://$2:$port" -s base > "$work/out" 2>&1 || true
  kill "$pid"; wait "$pid" 2> /dev/null || true
  if grep 'does not match common name' "$work/out" > /dev/null; then seen=refused; elif grep 'ldap_result\|wait4msg' "$work/out" > /dev/null; then seen=accepted; else seen='something else'; fi
  echo "certificate for $1, ldaps://$2: $seen"
  [ "$seen" = "$3" ] || { changed=1; tail -3 "$work/out"; }
}
try DNS:localhost localhost refused
try "DNS:$own" localhost accepted
try DNS:localhost,IP:127.0.0.1 127.0.0.1 accepted
[ $changed = 0 ] || echo changed
exit $changed
