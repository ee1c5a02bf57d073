#!/usr/bin/env bash
# nginx 1.22.1 (Debian 12: nginx 1.22.1-9+deb12u11) with HTTP/2 on the client side, before Apache httpd 2.4.71 (apache2-bin 2.4.71-1~deb12u1)
# with mod_http2 and "Protocols h2c http/1.1", as its manual has it.
# RFC 9110 7.8: a server may send Upgrade to offer another protocol, and Apache offers h2c in its answers over HTTP/1.1.
# RFC 9113 8.2.2: an endpoint must not generate an HTTP/2 message with connection-specific fields, and Upgrade is among them.
# Seen: nginx removes Connection but passes Upgrade on, so curl ("HTTP/2 stream 1 was not closed cleanly: PROTOCOL_ERROR") and Node.js
# (NGHTTP2_PROTOCOL_ERROR) fail on every page, while HTTP/1.1 clients of the same nginx are served. "proxy_hide_header Upgrade;" helps.
# HAProxy 2.6 before the same Apache removes the field.
set -euo pipefail
nginx=$(command -v nginx || echo /usr/sbin/nginx); apache=$(command -v apache2 || echo /usr/sbin/apache2)
for program in "$nginx" "$apache" curl node; do command -v "$program" > /dev/null || { echo "needs Debian's nginx, apache2-bin and curl, and Node.js"; exit 3; }; done
"$nginx" -v 2>&1 | grep 'nginx/1\.22\.1' > /dev/null || { echo "another version: $("$nginx" -v 2>&1); expected nginx/1.22.1"; exit 3; }
"$apache" -v | grep 'Apache/2\.4\.71' > /dev/null || { echo "another version: $("$apache" -v | head -1); expected Apache/2.4.71"; exit 3; }
curl --version | grep 'HTTP2' > /dev/null || { echo "needs a curl with HTTP/2"; exit 3; }
work=$(mktemp -d); chmod 755 "$work"; pids=
trap 'for p in $pids; do kill "$p" 2> /dev/null || true; done; wait 2> /dev/null || true; rm -rf "$work"' EXIT
read -r front hiding back < <(python3 - <<'EOF'
import random, socket
free = []
while len(free) < 3:
    with socket.socket() as s:
        try: s.bind(("127.0.0.1", random.randrange(10000, 30000))); free.append(s.getsockname()[1])
        except OSError: pass
print(*free)
EOF
)
mkdir "$work/www"; echo hello > "$work/www/page"; chmod 755 "$work/www"; chmod 644 "$work/www/page"
user=; nginxuser=; [ "$(id -u)" != 0 ] || { user=$'User www-data\nGroup www-data'; nginxuser='user www-data;'; }
modules=/usr/lib/apache2/modules
cat > "$work/apache.conf" <<EOF
ServerRoot $work
ServerName a.test
PidFile $work/apache.pid
Listen 127.0.0.1:$back
$user
ErrorLog $work/apache.log
Mutex file:$work
LoadModule mpm_event_module $modules/mod_mpm_event.so
LoadModule authz_core_module $modules/mod_authz_core.so
LoadModule http2_module $modules/mod_http2.so
Protocols h2c http/1.1
DocumentRoot $work/www
EOF
temp=$(for kind in client_body proxy fastcgi uwsgi scgi; do printf '%s_temp_path %s/%s; ' "$kind" "$work" "$kind"; done)
cat > "$work/nginx.conf" <<EOF
daemon off;
$nginxuser
pid $work/nginx.pid;
events {}
http {
  access_log off;
  $temp
  server { listen 127.0.0.1:$front http2; location / { proxy_pass http://127.0.0.1:$back; } }
  server { listen 127.0.0.1:$hiding http2; location / { proxy_pass http://127.0.0.1:$back; proxy_hide_header Upgrade; } }
}
EOF
"$apache" -D FOREGROUND -f "$work/apache.conf" & pids="$pids $!"
"$nginx" -c "$work/nginx.conf" -e "$work/nginx.log" & pids="$pids $!"
get() { curl -sS --max-time 20 --retry 20 --retry-connrefused --retry-delay 1 "$@" 2> "$work/err" || grep -o 'PROTOCOL_ERROR' "$work/err" || cat "$work/err"; }
changed=0
check() { printf '%-42s %s\n' "$1" "$3"; [ "$2" = "$3" ] || { echo "  expected: $2"; changed=1; }; }
check 'Apache offers, over HTTP/1.1' 'Upgrade: h2c' "$(get -o /dev/null -D - "http://127.0.0.1:$back/page" | tr -d '\r' | grep -i '^upgrade:' || true)"
check 'curl, HTTP/2, nginx, Apache' PROTOCOL_ERROR "$(get --http2-prior-knowledge "http://127.0.0.1:$front/page")"
check 'the same with proxy_hide_header Upgrade' hello "$(get --http2-prior-knowledge "http://127.0.0.1:$hiding/page")"
cat > "$work/get.js" <<'EOF'
const session = require('http2').connect('http://127.0.0.1:' + process.argv[2]);
const request = session.request({':path': '/page'});
request.on('response', (r) => console.log(r[':status']));
request.on('error', (e) => console.log(e.message.replace(/.*code /, '')));
request.on('close', () => session.close());
request.resume();
EOF
check 'Node.js, HTTP/2, nginx, Apache' NGHTTP2_PROTOCOL_ERROR "$(node "$work/get.js" "$front")"
exit $changed
