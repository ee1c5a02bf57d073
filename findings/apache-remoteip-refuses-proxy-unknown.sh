#!/usr/bin/env bash
# Apache httpd 2.4.71 (Debian 12: apache2-bin 2.4.71-1~deb12u1), mod_remoteip, RemoteIPProxyProtocol On.
# proxy-protocol.txt 2.1: "PROXY UNKNOWN" is a valid header of version 1; the receiver uses the connection's own addresses.
# Seen: the connection is closed without an answer, while version 2's LOCAL, which says the same, is served.
# Also seen: version 2 with AF_UNSPEC is closed, and so is a valid version 2 header of more than 232 bytes (here 235).
# Who meets it: health checks of proxies in front (HAProxy's "send-proxy" checks say UNKNOWN), and large TLVs.
set -euo pipefail
want='Apache/2.4.71'
program=$(command -v apache2 || echo /usr/sbin/apache2)
[ -x "$program" ] || { echo "needs Debian's apache2-bin"; exit 3; }
"$program" -v | grep "$want" > /dev/null || { echo "another version: $("$program" -v | head -1); expected $want"; exit 3; }
work=$(mktemp -d); trap '[ -z "${pid:-}" ] || kill "$pid" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
user=; [ "$(id -u)" != 0 ] || user=$'User www-data\nGroup www-data'
cat > "$work/apache.conf" <<EOF
ServerRoot $work
ServerName a.test
PidFile $work/pid
Listen 127.0.0.1:$port
$user
ErrorLog $work/error.log
Mutex file:$work
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule remoteip_module /usr/lib/apache2/modules/mod_remoteip.so
LoadModule alias_module /usr/lib/apache2/modules/mod_alias.so
RemoteIPProxyProtocol On
Redirect 404 /
EOF
"$program" -D FOREGROUND -f "$work/apache.conf" & pid=$!
python3 - "$port" <<'EOF'
import socket, struct, sys, time
port = int(sys.argv[1])
for _ in range(100):
    try: socket.create_connection(("127.0.0.1", port)).close(); break
    except OSError: time.sleep(.1)
def answer(header):
    s = socket.create_connection(("127.0.0.1", port)); s.settimeout(10); got = b""
    try:
        s.sendall(header + b"GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n")
        while x := s.recv(4096): got += x
    except ConnectionResetError: pass
    return got[:12].decode()
S = b"\r\n\r\n\0\r\nQUIT\n"
A = socket.inet_aton("192.0.2.7") + socket.inet_aton("198.51.100.2") + struct.pack(">HH", 4711, 443)
def v2(size): return S + b"\x21\x11" + struct.pack(">H", size - 16) + A + b"\xee" + struct.pack(">H", size - 31) + b"x" * (size - 31)
seen = {
    "v1 TCP4": answer(b"PROXY TCP4 192.0.2.7 198.51.100.2 4711 443\r\n"),
    "v1 UNKNOWN": answer(b"PROXY UNKNOWN\r\n"),
    "v2 LOCAL": answer(S + b"\x20\x00\x00\x00"),
    "v2 AF_UNSPEC": answer(S + b"\x21\x00\x00\x00"),
    "v2 of 232 bytes": answer(v2(232)),
    "v2 of 235 bytes": answer(v2(235)),
}
for name, got in seen.items(): print(f"{name:16} {got!r}")
ok, no = "HTTP/1.1 404", ""
want = dict(zip(seen, [ok, no, ok, no, ok, no]))
sys.exit(0 if seen == want else f"changed: expected {want}")
EOF
