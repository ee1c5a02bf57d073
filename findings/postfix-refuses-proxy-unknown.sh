#!/usr/bin/env bash
# Postfix 3.7.11 (Debian 12: postfix 3.7.11-0+deb12u1), smtpd_upstream_proxy_protocol = haproxy. Needs root, as Postfix does.
# proxy-protocol.txt 2.1: "PROXY UNKNOWN\r\n" is a valid header of version 1.
# Seen: "421 4.3.0 ... Server local error" and the end, while version 2's LOCAL, which says the same, is served; so is version 1's TCP4.
# Also seen: a valid version 2 header of 537 bytes gets the 421, one of 536 is served.
set -euo pipefail
want='3.7.11'
[ "$(id -u)" = 0 ] || { echo "needs root"; exit 3; }
command -v postfix >/dev/null || { echo "needs Debian's postfix"; exit 3; }
work=$(mktemp -d); chmod 755 "$work"
mkdir "$work/config" "$work/queue" "$work/data"; chown postfix "$work/data"
started=; trap '[ -z "$started" ] || postfix -c "$work/config" stop >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat > "$work/config/main.cf" <<EOF
compatibility_level = 3.6
queue_directory = $work/queue
data_directory = $work/data
daemon_directory = /usr/lib/postfix/sbin
command_directory = /usr/sbin
maillog_file = $work/log
maillog_file_prefixes = $work
myhostname = a.test
mynetworks = 127.0.0.0/8
inet_interfaces = loopback-only
smtpd_upstream_proxy_protocol = haproxy
smtpd_peername_lookup = no
smtpd_recipient_restrictions = reject
local_recipient_maps =
alias_maps =
EOF
cat > "$work/config/master.cf" <<EOF
127.0.0.1:$port inet n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
anvil unix - - n - 1 anvil
rewrite unix - - n - - trivial-rewrite
proxymap unix - - n - - proxymap
EOF
postconf -c "$work/config" -h mail_version | grep "$want" > /dev/null || { echo "another version; expected $want"; exit 3; }
started=yes; postfix -c "$work/config" start >/dev/null 2>&1
python3 - "$port" <<'EOF'
import socket, struct, sys
port = int(sys.argv[1])
def answer(header):
    s = socket.create_connection(("127.0.0.1", port)); s.settimeout(20); got = b""
    try:
        s.sendall(header)
        while b"\n" not in got:
            x = s.recv(4096)
            if not x: break
            got += x
    except ConnectionResetError: pass
    s.close()
    return got[:9].decode()
S = b"\r\n\r\n\0\r\nQUIT\n"
A = socket.inet_aton("192.0.2.7") + socket.inet_aton("198.51.100.2") + struct.pack(">HH", 4711, 443)
def v2(size): return S + b"\x21\x11" + struct.pack(">H", size - 16) + A + b"\xee" + struct.pack(">H", size - 31) + b"x" * (size - 31)
seen = {
    "v1 TCP4": answer(b"PROXY TCP4 192.0.2.7 198.51.100.2 4711 25\r\n"),
    "v1 UNKNOWN": answer(b"PROXY UNKNOWN\r\n"),
    "v2 LOCAL": answer(S + b"\x20\x00\x00\x00"),
    "v2 of 536 bytes": answer(v2(536)),
    "v2 of 537 bytes": answer(v2(537)),
}
for name, got in seen.items(): print(f"{name:16} {got!r}")
ok, no = "220 a.tes", "421 4.3.0"
want = dict(zip(seen, [ok, no, ok, ok, no]))
sys.exit(0 if seen == want else f"changed: expected {want}")
EOF
