#!/usr/bin/env bash
# nginx 1.22.1 (Debian 12: nginx 1.22.1-9+deb12u11), Varnish 7.1.1 (varnish 7.1.1-2+deb12u1), and an HTTP/2 request with :authority and the same
# Host, sent by nghttp 1.52.0 (nghttp2-client) with "-H ':authority: a.test' -H 'host: a.test'".
# RFC 9113 8.3.1: "Clients MUST NOT generate a request with a Host header field that differs from the ':authority' pseudo-header field"; the
# same value is allowed, and programs that copy the fields of an HTTP/1.1 request send it so.
# Seen: both answer 400 (nginx logs: client sent duplicate host header: "host: a.test", previous value: "host: a.test"). HAProxy 2.6 and
# Apache 2.4.71 serve it. With either field alone all of them serve the request.
set -euo pipefail
nginx=$(command -v nginx || echo /usr/sbin/nginx); varnish=$(command -v varnishd || echo /usr/sbin/varnishd); haproxy=$(command -v haproxy || echo /usr/sbin/haproxy)
for program in "$nginx" "$varnish" "$haproxy" nghttp; do command -v "$program" > /dev/null || { echo "needs Debian's nginx, varnish, haproxy and nghttp2-client"; exit 3; }; done
"$nginx" -v 2>&1 | grep 'nginx/1\.22\.1' > /dev/null || { echo "another version: $("$nginx" -v 2>&1); expected nginx/1.22.1"; exit 3; }
"$varnish" -V 2>&1 | grep 'varnish-7\.1\.1 ' > /dev/null || { echo "another version: $("$varnish" -V 2>&1 | head -1); expected varnish-7.1.1"; exit 3; }
"$haproxy" -v | grep '2\.6\.12' > /dev/null || { echo "another version: $("$haproxy" -v | head -1); expected 2.6.12"; exit 3; }
nghttp --version | grep 'nghttp2/1\.52\.0' > /dev/null || { echo "another version: $(nghttp --version); expected nghttp2/1.52.0"; exit 3; }
work=$(mktemp -d); chmod 755 "$work"; pids=
trap 'for p in $pids; do kill "$p" 2> /dev/null || true; done; wait 2> /dev/null || true; rm -rf "$work"' EXIT
read -r a b c < <(python3 - <<'EOF'
import random, socket
free = []
while len(free) < 3:
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
cat > "$work/haproxy.cfg" <<EOF
defaults
  mode http
  timeout client 10s
  timeout server 10s
  timeout connect 10s
frontend web
  bind 127.0.0.1:$c proto h2
  http-request return status 404
EOF
"$nginx" -c "$work/nginx.conf" -e "$work/nginx.log" & pids="$pids $!"
"$varnish" -F -j none -n "$work/n" -a "127.0.0.1:$b" -p feature=+http2 -f "$work/a.vcl" -s malloc,8m > "$work/varnish.log" 2>&1 & pids="$pids $!"
"$haproxy" -db -f "$work/haproxy.cfg" > "$work/haproxy.log" 2>&1 & pids="$pids $!"
python3 - "$a" "$b" "$c" <<'EOF'
import socket, sys, time
for port in sys.argv[1:]:
    for _ in range(600):
        try: socket.create_connection(("127.0.0.1", int(port))).close(); break
        except OSError: time.sleep(.1)
EOF
status() { local port=$1; shift; timeout 20 nghttp -nv "$@" "http://127.0.0.1:$port/" 2>&1 | sed -n 's/.*:status: //p'; }
changed=0
check() { printf '%-32s %s\n' "$1" "$3"; [ "$2" = "$3" ] || { echo "  expected: $2"; changed=1; }; }
check 'nginx, :authority' 404 "$(status "$a" -H ':authority: a.test')"
check 'nginx, :authority and Host' 400 "$(status "$a" -H ':authority: a.test' -H 'host: a.test')"
check 'Varnish, :authority' 404 "$(status "$b" -H ':authority: a.test')"
check 'Varnish, :authority and Host' 400 "$(status "$b" -H ':authority: a.test' -H 'host: a.test')"
check 'HAProxy, :authority and Host' 404 "$(status "$c" -H ':authority: a.test' -H 'host: a.test')"
exit $changed
