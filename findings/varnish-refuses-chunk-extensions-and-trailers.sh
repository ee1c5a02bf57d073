#!/usr/bin/env bash
# Varnish 7.1.1 (Debian 12: varnish 7.1.1-2+deb12u1) and chunked bodies with extensions or trailers, in both directions.
# RFC 9112 7.1.1: "A recipient MUST ignore unrecognized chunk extensions." 7.1.2: trailers may be kept, merged or discarded.
# Seen: a response with either of them is cut, after the head or after the last chunk, and the client's connection is closed; if Varnish
# meets it before it sent the head, the client gets a 503. A request with either of them gets "503 Backend fetch failed".
# Chunk sizes with leading zeros are read.
# Who meets it: backends that sign their chunks in an extension, gRPC-Web and Server-Timing in trailers.
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
bodies = {"plain": b"2\r\nok\r\n0\r\n\r\n", "zeros": b"0002\r\nok\r\n0\r\n\r\n", "extension": b"2;a=1\r\nok\r\n0\r\n\r\n",
          "trailer": b"2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n"}
def one(s):
    got = b""; s.settimeout(20)
    try:
        while b"\r\n\r\n" not in got and (x := s.recv(4096)): got += x
        if not got: return
        if got.startswith(b"GET"):
            s.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n" + bodies[got.split()[1][1:].decode()])
        else:
            while not got.endswith(b"0\r\n\r\n") and (x := s.recv(4096)): got += x
            s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
    except OSError: pass
    finally: s.close()
def serve():
    while True: threading.Thread(target=one, args=(backend.accept()[0],), daemon=True).start()
threading.Thread(target=serve, daemon=True).start()
for _ in range(600):
    try: socket.create_connection(("127.0.0.1", port)).close(); break
    except OSError: time.sleep(.1)
def answer(request):
    s = socket.create_connection(("127.0.0.1", port)); s.settimeout(20); got = b""
    s.sendall(request)
    try:
        while x := s.recv(4096): got += x
    except ConnectionResetError: pass
    head, _, body = got.partition(b"\r\n\r\n")
    whole = body.endswith(b"0\r\n\r\n") if b"chunked" in head else body == b"ok"
    if head.startswith(b"HTTP/1.1 200 "): return "whole" if whole else "cut or 503"
    return "cut or 503" if head.startswith(b"HTTP/1.1 503 ") else repr(head)
seen = {}
for name, body in bodies.items():
    seen["response " + name] = answer(f"GET /{name} HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n".encode())
    seen["request " + name] = answer(b"POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n" + body)
for name, got in seen.items(): print(f"{name:20} {got}")
want = dict(zip(seen, ["whole"] * 4 + ["cut or 503"] * 4))
sys.exit(0 if seen == want else f"changed: expected {want}")
EOF
