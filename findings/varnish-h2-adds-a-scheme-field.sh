#!/usr/bin/env bash
# Varnish 7.1.1 (Debian 12: varnish 7.1.1-2+deb12u1) with "feature=+http2", and the pseudo-header field :scheme.
# RFC 9113 8.3: "Pseudo-header fields are not HTTP header fields." RFC 9113 8.3.1 makes an HTTP/1.1 request of :method, :path and :authority.
# Seen: the backend's request has a field "scheme: http" that no client sent, taken from :scheme; the same request in HTTP/1.1 has none. With
# a TLS terminator in front it is "scheme: https", in HTTP/2 alone. Remove it in vcl_recv: "unset req.http.scheme;".
set -euo pipefail
want='varnish-7.1.1 '
program=$(command -v varnishd || echo /usr/sbin/varnishd)
[ -x "$program" ] && command -v curl > /dev/null || { echo "needs Debian's varnish and curl"; exit 3; }
"$program" -V 2>&1 | grep "$want" > /dev/null || { echo "another version: $("$program" -V 2>&1 | head -1); expected $want"; exit 3; }
curl --version | grep 'HTTP2' > /dev/null || { echo "needs a curl with HTTP/2"; exit 3; }
work=$(mktemp -d); trap '[ -z "${pid:-}" ] || kill "$pid" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT
port=$(python3 - <<'EOF'
import random, socket
while True:
    with socket.socket() as s:
        try: s.bind(("127.0.0.1", random.randrange(10000, 30000))); print(s.getsockname()[1]); break
        except OSError: pass
EOF
)
cat > "$work/a.vcl" <<'EOF'
vcl 4.1;
backend default none;
sub vcl_recv { return (synth(200)); }
sub vcl_synth { synthetic("scheme=" + req.http.scheme + ";"); return (deliver); }
EOF
"$program" -F -j none -n "$work/n" -a "127.0.0.1:$port" -p feature=+http2 -f "$work/a.vcl" -s malloc,8m >"$work/log" 2>&1 & pid=$!
get() { curl -sS --max-time 60 --retry 60 --retry-connrefused --retry-delay 1 "$@" "http://127.0.0.1:$port/"; echo; }
one=$(get --http1.1 2> /dev/null); two=$(get --http2-prior-knowledge)
echo "HTTP/1.1: $one"; echo "HTTP/2:   $two"
[ "$one" = 'scheme=(null);' ] && [ "$two" = 'scheme=http;' ] || { echo "changed: expected 'scheme=(null);' and 'scheme=http;'"; exit 1; }
