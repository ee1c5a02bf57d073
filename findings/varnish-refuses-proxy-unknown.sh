#!/usr/bin/env bash
# Varnish 7.1.1 (Debian 12: varnish 7.1.1-2+deb12u1), listening with "-a ...,PROXY".
# proxy-protocol.txt 2.1: "PROXY UNKNOWN\r\n" is the whole of a valid header of version 1, and what follows UNKNOWN is to be ignored.
# Seen: the connection is closed ("PROXY1: Too few fields" and "PROXY1: Wrong TCP[46] field" in varnishlog), while version 2's LOCAL
# and even AF_UNSPEC are served.
# Also seen: a valid version 2 header of 405 bytes is closed and one of 404 is served, with the default workspace_session.
set -euo pipefail
want='varnish-7.1.1 '
program=$(command -v varnishd || echo /usr/sbin/varnishd)
[ -x "$program" ] || { echo "needs Debian's varnish"; exit 3; }
"$program" -V 2>&1 | grep "$want" > /dev/null || { echo "another version: $("$program" -V 2>&1 | head -1); expected $want"; exit 3; }
work=$(mktemp -d); trap '[ -z "${pid:-}" ] || kill "$pid" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat > "$work/a.vcl" <<'EOF'
vcl 4.1;
backend default none;
sub vcl_recv { return (synth(404, "here")); }
EOF
"$program" -F -j none -n "$work/n" -a "127.0.0.1:$port,PROXY" -f "$work/a.vcl" -s malloc,8m >"$work/log" 2>&1 & pid=$!
python3 - "$port" <<'EOF'
import socket, struct, sys, time
port = int(sys.argv[1])
for _ in range(200):
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
    "v1 UNKNOWN ...": answer(b"PROXY UNKNOWN 192.0.2.7 198.51.100.2 4711 443\r\n"),
    "v2 LOCAL": answer(S + b"\x20\x00\x00\x00"),
    "v2 AF_UNSPEC": answer(S + b"\x21\x00\x00\x00"),
    "v2 of 404 bytes": answer(v2(404)),
    "v2 of 405 bytes": answer(v2(405)),
}
for name, got in seen.items(): print(f"{name:16} {got!r}")
ok, no = "HTTP/1.1 404", ""
want = dict(zip(seen, [ok, no, no, ok, ok, ok, no]))
sys.exit(0 if seen == want else f"changed: expected {want}")
EOF
