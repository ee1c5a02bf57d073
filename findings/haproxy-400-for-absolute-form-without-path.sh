#!/usr/bin/env bash
# HAProxy 2.6.12 (Debian 12: haproxy 2.6.12-1+deb12u4), mode http, and a request target in absolute-form with a query but no path.
# RFC 9112 3.2.2: a server must accept absolute-form. RFC 9110 4.2.1: http-URI = "http" "://" authority path-abempty [ "?" query ], so
# "http://b.test?x" is valid; RFC 9112 3.2.1 turns its empty path into "/" for origin-form.
# Seen: "GET http://b.test?x HTTP/1.1" is answered with 400, and "GET http://b.test/?x" and "GET http://b.test" are served. In Debian, nginx
# 1.22.1 and Apache 2.4.71 serve all three.
set -euo pipefail
want='2.6.12'
command -v haproxy >/dev/null || { echo "needs Debian's haproxy"; exit 3; }
haproxy -v | grep "$want" > /dev/null || { echo "another version: $(haproxy -v | head -1); expected $want"; exit 3; }
work=$(mktemp -d); trap '[ -z "${pid:-}" ] || kill "$pid" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT
port=$(python3 - <<'EOF'
import random, socket
while True:
    with socket.socket() as s:
        try: s.bind(("127.0.0.1", random.randrange(10000, 30000))); print(s.getsockname()[1]); break
        except OSError: pass
EOF
)
cat > "$work/haproxy.cfg" <<EOF
defaults
  mode http
  timeout client 10s
  timeout server 10s
  timeout connect 10s
frontend web
  bind 127.0.0.1:$port
  http-request return status 200 content-type text/plain lf-string "%[url]"
EOF
haproxy -db -f "$work/haproxy.cfg" >"$work/log" 2>&1 & pid=$!
python3 - "$port" <<'EOF'
import socket, sys, time
port = int(sys.argv[1])
for _ in range(600):
    try: socket.create_connection(("127.0.0.1", port)).close(); break
    except OSError: time.sleep(.1)
def answer(target):
    s = socket.create_connection(("127.0.0.1", port)); s.settimeout(10); got = b""
    s.sendall(f"GET {target} HTTP/1.1\r\nHost: b.test\r\nConnection: close\r\n\r\n".encode())
    while x := s.recv(4096): got += x
    return got.split(b" ")[1].decode()
seen = {target: answer(target) for target in ["/?x", "http://b.test/?x", "http://b.test", "http://b.test?x"]}
for target, got in seen.items(): print(f"{target:18} {got}")
want = dict(zip(seen, ["200", "200", "200", "400"]))
sys.exit(0 if seen == want else f"changed: expected {want}")
EOF
