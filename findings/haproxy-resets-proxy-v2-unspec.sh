#!/usr/bin/env bash
# HAProxy 2.6.12 (Debian 12: haproxy 2.6.12-1+deb12u4), "bind ... accept-proxy".
# proxy-protocol.txt 2.2: AF_UNSPEC is for a connection "forwarded for an unknown, unspecified or unsupported protocol. The sender should
# use this family when sending LOCAL commands or when dealing with unsupported protocol families. The receiver is free to accept the
# connection anyway and use the real endpoint addresses or to reject it."
# Seen: the command PROXY with AF_UNSPEC is reset, while version 1's UNKNOWN, which says the same, and LOCAL are served with the real
# addresses. So a sender that turns "PROXY UNKNOWN" into version 2 as it stands loses its clients.
set -euo pipefail
want='2.6.12'
command -v haproxy >/dev/null || { echo "needs Debian's haproxy"; exit 3; }
haproxy -v | grep "$want" > /dev/null || { echo "another version: $(haproxy -v | head -1); expected $want"; exit 3; }
work=$(mktemp -d); trap '[ -z "${pid:-}" ] || kill "$pid" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat > "$work/haproxy.cfg" <<EOF
defaults
  mode http
  timeout client 10s
  timeout server 10s
  timeout connect 10s
frontend web
  bind 127.0.0.1:$port accept-proxy
  http-request return status 404 content-type text/plain lf-string "%[src]"
EOF
haproxy -db -f "$work/haproxy.cfg" >"$work/log" 2>&1 & pid=$!
python3 - "$port" <<'EOF'
import socket, sys, time
port = int(sys.argv[1])
for _ in range(100):
    try: socket.create_connection(("127.0.0.1", port)).close(); break
    except OSError: time.sleep(.1)
def answer(header):
    s = socket.create_connection(("127.0.0.1", port)); s.settimeout(10); got = b""
    try:
        s.sendall(header + b"GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n")
        while x := s.recv(4096): got += x
    except ConnectionResetError: return "reset"
    return got[:12].decode() + " " + got.rpartition(b"\r\n")[2].decode()
S = b"\r\n\r\n\0\r\nQUIT\n"
seen = {
    "v1 UNKNOWN": answer(b"PROXY UNKNOWN\r\n"),
    "v2 LOCAL": answer(S + b"\x20\x00\x00\x00"),
    "v2 PROXY UNSPEC": answer(S + b"\x21\x00\x00\x00"),
}
for name, got in seen.items(): print(f"{name:16} {got!r}")
want = dict(zip(seen, ["HTTP/1.1 404 127.0.0.1", "HTTP/1.1 404 127.0.0.1", "reset"]))
sys.exit(0 if seen == want else f"changed: expected {want}")
EOF
