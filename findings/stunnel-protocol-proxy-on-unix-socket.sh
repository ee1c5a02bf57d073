#!/usr/bin/env bash
# stunnel 5.68 (Debian 12: stunnel4 3:5.68-2+deb12u1), "protocol = proxy" in a service that accepts on a Unix socket.
# proxy-protocol.txt 2.1: a sender that cannot name the addresses writes "PROXY UNKNOWN\r\n", and HAProxy and nginx do so for clients of a Unix
# socket.
# Seen: the backend is connected, gets nothing and is closed, and stunnel logs "getnameinfo: Unknown error". Without "protocol = proxy" the
# same service works, and with it on a TCP port.
set -euo pipefail
stunnel=$(command -v stunnel4 || echo /usr/bin/stunnel4)
[ -x "$stunnel" ] || { echo "needs Debian's stunnel4"; exit 3; }
dpkg-query -W -f '${Version}' stunnel4 2> /dev/null | grep '^3:5\.68-' > /dev/null || { echo "another version of stunnel4; expected 5.68"; exit 3; }
work=$(mktemp -d); trap '[ -z "${pid:-}" ] || kill "$pid" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/k" -out "$work/c" -subj /CN=a.test -days 2 2> /dev/null
cat "$work/k" "$work/c" > "$work/pem"; chmod 600 "$work/pem"
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
service() { printf '[%s]\naccept = %s\ncert = %s\nconnect = 127.0.0.1:%s\n' "$1" "$2" "$work/pem" "$back"; }
{
  printf 'foreground = yes\npid =\ndebug = 3\n'
  service tcp "127.0.0.1:$port"; echo 'protocol = proxy'
  service unix "$work/proxy.sock"; echo 'protocol = proxy'
  service plain "$work/plain.sock"
} > "$work/conf"
"$stunnel" "$work/conf" > "$work/log" 2>&1 & pid=$!
python3 - "$work" "$port" "$back" <<'EOF'
import os, socket, ssl, sys, threading, time
work, port, back = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
backend = socket.socket(); backend.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); backend.bind(("127.0.0.1", back)); backend.listen(9)
backend.settimeout(20)
for _ in range(600):
    if os.path.exists(work + "/plain.sock"): break
    time.sleep(.1)
tls = ssl.create_default_context(); tls.check_hostname = False; tls.verify_mode = ssl.CERT_NONE
def run(address):
    def client():
        try:
            s = socket.socket(socket.AF_UNIX) if isinstance(address, str) else socket.socket()
            s.settimeout(20); s.connect(address)
            with tls.wrap_socket(s) as t: t.sendall(b"HELLO"); t.recv(1)
        except OSError: pass
    threading.Thread(target=client, daemon=True).start()
    s, _ = backend.accept(); s.settimeout(20); got = b""
    try:
        while b"HELLO" not in got and (x := s.recv(4096)): got += x
    except ConnectionResetError: pass
    s.close()
    return got.split(b" 127.")[0].decode() + (" ..." if b" 127." in got else "")
seen = {"TCP": run(("127.0.0.1", port)), "Unix": run(work + "/proxy.sock"), "Unix, no header": run(work + "/plain.sock")}
for name, got in seen.items(): print(f"{name:16} {got!r}")
want = dict(zip(seen, ["PROXY TCP4 ...", "", "HELLO"]))
sys.exit(0 if seen == want else f"changed: expected {want}")
EOF
