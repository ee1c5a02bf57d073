#!/usr/bin/env bash
# nginx 1.22.1 (Debian 12: nginx 1.22.1-9+deb12u11), Varnish 7.1.1 (varnish 7.1.1-2+deb12u1) and trailers of an HTTP/2 request, sent by
# nghttp 1.52.0 (nghttp2-client) with "--trailer".
# RFC 9113 8.1: a request is HEADERS, DATA, and optionally "one HEADERS frame ... containing the trailer section". A server may discard it.
# Seen: both take the second HEADERS for a connection error and send GOAWAY with PROTOCOL_ERROR, which ends the other requests of the
# connection too (nginx logs "client sent HEADERS frame with incorrect identifier 13, the last was 13"). Varnish does not answer; nginx
# answers only if it did not need the body. The same request without a trailer is served by both.
set -euo pipefail
nginx=$(command -v nginx || echo /usr/sbin/nginx); varnish=$(command -v varnishd || echo /usr/sbin/varnishd)
for program in "$nginx" "$varnish" nghttp; do command -v "$program" > /dev/null || { echo "needs Debian's nginx, varnish and nghttp2-client"; exit 3; }; done
"$nginx" -v 2>&1 | grep 'nginx/1\.22\.1' > /dev/null || { echo "another version: $("$nginx" -v 2>&1); expected nginx/1.22.1"; exit 3; }
"$varnish" -V 2>&1 | grep 'varnish-7\.1\.1 ' > /dev/null || { echo "another version: $("$varnish" -V 2>&1 | head -1); expected varnish-7.1.1"; exit 3; }
nghttp --version | grep 'nghttp2/1\.52\.0' > /dev/null || { echo "another version: $(nghttp --version); expected nghttp2/1.52.0"; exit 3; }
work=$(mktemp -d); chmod 755 "$work"; pids=
trap 'for p in $pids; do kill "$p" 2> /dev/null || true; done; wait 2> /dev/null || true; rm -rf "$work"' EXIT
read -r a b < <(python3 - <<'EOF'
import random, socket
free = []
while len(free) < 2:
    with socket.socket() as s:
        try: s.bind(("127.0.0.1", random.randrange(10000, 30000))); free.append(s.getsockname()[1])
        except OSError: pass
print(*free)
EOF
)
temp=$(for kind in client_body proxy fastcgi uwsgi scgi; do printf '%s_temp_path %s/%s; ' "$kind" "$work" "$kind"; done)
cat > "$work/nginx.conf" <<EOF
daemon off;
pid $work/nginx.pid;
events {}
http { access_log off; $temp server { listen 127.0.0.1:$a http2; location / { return 404; } } }
EOF
cat > "$work/a.vcl" <<'EOF'
vcl 4.1;
backend default none;
sub vcl_recv { return (synth(404)); }
EOF
"$nginx" -c "$work/nginx.conf" -e "$work/nginx.log" & pids="$pids $!"
"$varnish" -F -j none -n "$work/n" -a "127.0.0.1:$b" -p feature=+http2 -f "$work/a.vcl" -s malloc,8m > "$work/varnish.log" 2>&1 & pids="$pids $!"
python3 - "$a" "$b" <<'EOF'
import socket, sys, time
for port in sys.argv[1:]:
    for _ in range(600):
        try: socket.create_connection(("127.0.0.1", int(port))).close(); break
        except OSError: time.sleep(.1)
EOF
echo hi > "$work/body"
post() { # PORT OPTION...: the error code of the GOAWAY that the server sent, if any
  local port=$1; shift
  timeout 20 nghttp -nv -d "$work/body" "$@" "http://127.0.0.1:$port/" > "$work/out" 2>&1 || true
  grep -A1 'recv GOAWAY' "$work/out" | grep -o 'error_code=[A-Z_]*' || echo 'no GOAWAY'
}
changed=0
check() { printf '%-24s %s\n' "$1" "$3"; [ "$2" = "$3" ] || { echo "  expected: $2"; changed=1; }; }
check 'nginx, without trailer' 'no GOAWAY' "$(post "$a")"
check 'nginx, with trailer' 'error_code=PROTOCOL_ERROR' "$(post "$a" --trailer 'x-sum: 1')"
check 'Varnish, without trailer' 'no GOAWAY' "$(post "$b")"
check 'Varnish, with trailer' 'error_code=PROTOCOL_ERROR' "$(post "$b" --trailer 'x-sum: 1')"
exit $changed
