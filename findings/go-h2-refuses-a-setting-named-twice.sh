#!/usr/bin/env bash
# Go 1.19.8 (Debian 12: golang-1.19-go 1.19.8-2), net/http with HTTP/2, and a SETTINGS frame that names a setting twice.
# RFC 9113 6.5.3: "The values in the SETTINGS frame MUST be processed in the order they appear, with no other frame processing between values";
# 6.5: a value "replaces any existing value", so the last one holds.
# Seen: the server ends the connection with GOAWAY PROTOCOL_ERROR (1), even if both values are the same; two SETTINGS frames with one value
# each are fine. Its source says that this "isn't actually in the spec". nginx 1.22.1 takes both forms.
set -euo pipefail
for program in go openssl python3; do command -v $program > /dev/null || { echo "needs Debian's golang-go, openssl and python3"; exit 3; }; done
go version | grep 'go1\.19\.8 ' > /dev/null || { echo "another version: $(go version); expected 1.19.8"; exit 3; }
nginx=$(command -v nginx || echo /usr/sbin/nginx)
[ -x "$nginx" ] && "$nginx" -v 2>&1 | grep 'nginx/1\.22\.1$' > /dev/null || { echo "needs Debian's nginx 1.22.1"; exit 3; }
work=$(mktemp -d); pids=(); trap 'kill "${pids[@]}" 2> /dev/null || true; wait 2> /dev/null || true; rm -rf "$work"' EXIT
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/k" -out "$work/c" -subj /CN=a.test -days 2 2> /dev/null
cat > "$work/main.go" <<'EOF'
package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	answer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("ok")) })
	panic(http.ServeTLS(listener, answer, os.Args[1]+"/c", os.Args[1]+"/k"))
}
EOF
(cd "$work" && GOCACHE="$work/cache" GOFLAGS=-mod=mod go build -o server main.go)
"$work/server" "$work" > "$work/go.port" 2> /dev/null & pids+=($!)
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat > "$work/nginx.conf" <<EOF
daemon off; master_process off; pid $work/pid; error_log $work/nginx.log;
events { }
http {
  access_log off; client_body_temp_path $work/t1; proxy_temp_path $work/t2; fastcgi_temp_path $work/t3; uwsgi_temp_path $work/t4; scgi_temp_path $work/t5;
  server { listen 127.0.0.1:$port ssl http2; ssl_certificate $work/c; ssl_certificate_key $work/k; location / { return 200 "ok"; } }
}
EOF
"$nginx" -p "$work" -c "$work/nginx.conf" 2> /dev/null & pids+=($!)
cat > "$work/ask.py" <<'EOF'
import socket, ssl, sys
def frame(kind, flags, stream, payload=b""):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload
def ask(port, settings):
    tls = ssl.create_default_context()
    tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    tls.set_alpn_protocols(["h2"])
    with tls.wrap_socket(socket.create_connection(("127.0.0.1", port), 20)) as s:
        stream = s.makefile("rb")
        s.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + settings + frame(1, 5, 1, b"\x82\x87\x84\x41\x06a.test"))  # GET https://a.test/
        while True:
            head = stream.read(9)
            if len(head) < 9: return "closed"
            payload = stream.read(int.from_bytes(head[:3], "big"))
            if head[3] == 4 and not head[4]: s.sendall(frame(4, 1, 0))
            if head[3] == 0 and head[4] & 1: return "answered"
            if head[3] == 7: return "GOAWAY %d" % int.from_bytes(payload[4:8], "big")
one = b"\0\3\0\0\0\x64"  # SETTINGS_MAX_CONCURRENT_STREAMS: 100
for name, port in (("Go", sys.argv[1]), ("nginx", sys.argv[2])):
    print("%s: one frame: %s; two frames: %s; twice in one frame: %s" % (name, ask(int(port), frame(4, 0, 0, one)),
          ask(int(port), frame(4, 0, 0, one) * 2), ask(int(port), frame(4, 0, 0, one * 2))))
EOF
for ((i = 0; i < 100; i++)); do [ -s "$work/go.port" ] && (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null && break; sleep 0.1; done
python3 "$work/ask.py" "$(cat "$work/go.port")" "$port" | tee "$work/seen"
cmp "$work/seen" - <<'EOF' || { echo changed; exit 1; }
Go: one frame: answered; two frames: answered; twice in one frame: GOAWAY 1
nginx: one frame: answered; two frames: answered; twice in one frame: answered
EOF
