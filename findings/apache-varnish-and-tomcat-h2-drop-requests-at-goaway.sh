#!/usr/bin/env bash
# Apache httpd 2.4.71 (Debian 12: apache2-bin 2.4.71-1~deb12u1), Varnish 7.1.1 (varnish 7.1.1-2+deb12u1), Tomcat 10.1.60
# (libtomcat10-embed-java 10.1.60-1~deb12u1), and a client that sends GOAWAY with NO_ERROR while its own request is under way.
# RFC 9113 6.8: GOAWAY lets an endpoint "gracefully stop accepting new streams while still finishing processing of previously established
# streams"; the streams that a client's GOAWAY speaks of are those of the server. The client still wants its answer.
# Seen: the three end the connection, or the stream, without an answer. nginx 1.22.1 and HAProxy 2.6.12 answer. A proxy that retires an
# HTTP/2 connection to such a server must not announce it before the last answer is there.
set -euo pipefail
. "$(dirname "$0")/lib/servers.bash"
start nginx haproxy apache varnish tomcat
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$lib python3 - nginx="$nginx_port" haproxy="$haproxy_port" apache="$apache_port" varnish="$varnish_port" tomcat="$tomcat_port" > "$work/seen" <<'EOF'
import sys
from h2 import *
begun = frame(HEADERS, END_HEADERS, 1, POST + HOST)
end, goaway = frame(0, END_STREAM, 1, b"x"), frame(7, 0, 0, b"\0" * 8)
for name, port in each(sys.argv[1:]):
    for what, frames in (("without", begun + end), ("with", begun + goaway + end)):
        seen = ask(port, frames)
        print("%s: %s GOAWAY: %s" % (name, what, "no answer" if seen != "answered" else seen))
EOF
cat "$work/seen"
cmp "$work/seen" - <<'EOF' || { echo changed; exit 1; }
nginx: without GOAWAY: answered
nginx: with GOAWAY: answered
haproxy: without GOAWAY: answered
haproxy: with GOAWAY: answered
apache: without GOAWAY: answered
apache: with GOAWAY: no answer
varnish: without GOAWAY: answered
varnish: with GOAWAY: no answer
tomcat: without GOAWAY: answered
tomcat: with GOAWAY: no answer
EOF
