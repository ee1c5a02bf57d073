#!/usr/bin/env bash
# Varnish 7.1.1 (Debian 12: varnish 7.1.1-2+deb12u1) and interim responses of its backend.
# RFC 9110 15.2: "A client MUST be able to parse one or more 1xx responses received prior to a final response, even if the client does not
# expect one." Node.js sends 103 with response.writeEarlyHints() and 102 with response.writeProcessing(); Varnish is the client here.
# Seen: every 1xx makes the answer "503 Backend fetch failed", and the backend's connection is closed, whatever the final response is.
set -euo pipefail
want='varnish-7.1.1 '
program=$(command -v varnishd || echo /usr/sbin/varnishd)
[ -x "$program" ] || { echo "needs Debian's varnish"; exit 3; }
"$program" -V 2>&1 | grep "$want" > /dev/null || { echo "another version: $("$program" -V 2>&1 | head -1); expected $want"; exit 3; }
work=$(mktemp -d); trap '[ -z "${pid:-}" ] || kill "$pid" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT
read -r port back < <(python3 - <<'EOF'
import random, socket
free = []
while len(free) < 2:
    with socket.socket() as s:
        try: s.bind(("127.0.0.1", random.randrange(10000, 30000))); free.append(s.getsockname()[1])
        except OSError: pass
print(*free)
EOF
)
cat > "$work/a.vcl" <<EOF
vcl 4.1;
backend default { .host = "127.0.0.1"; .port = "$back"; }
sub vcl_recv { return (pass); }
EOF
"$program" -F -j none -n "$work/n" -a "127.0.0.1:$port" -f "$work/a.vcl" -s malloc,8m >"$work/log" 2>&1 & pid=$!
python3 - "$port" "$back" <<'EOF'
import socket, sys, threading, time
port, back = int(sys.argv[1]), int(sys.argv[2])
backend = socket.socket(); backend.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); backend.bind(("127.0.0.1", back)); backend.listen(9)
interim = {"/none": b"", "/100": b"HTTP/1.1 100 Continue\r\n\r\n", "/102": b"HTTP/1.1 102 Processing\r\n\r\n",
           "/103": b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"}
def serve():
    while True:
        s, _ = backend.accept(); got = b""
        while b"\r\n\r\n" not in got and (x := s.recv(4096)): got += x
        if not got: continue
        s.sendall(interim[got.split()[1].decode()] + b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"); s.close()
threading.Thread(target=serve, daemon=True).start()
for _ in range(600):
    try: socket.create_connection(("127.0.0.1", port)).close(); break
    except OSError: time.sleep(.1)
def answer(path):
    s = socket.create_connection(("127.0.0.1", port)); s.settimeout(20); got = b""
    s.sendall(f"GET {path} HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n".encode())
    while x := s.recv(4096): got += x
    return got.split(b"\r\n")[0].decode()
seen = {path: answer(path) for path in interim}
for path, got in seen.items(): print(f"{path:6} {got}")
bad = "HTTP/1.1 503 Backend fetch failed"
want = dict(zip(seen, ["HTTP/1.1 200 OK", bad, bad, bad]))
sys.exit(0 if seen == want else f"changed: expected {want}")
EOF
