#!/usr/bin/env bash
# nginx 1.22.1 (Debian 12: nginx 1.22.1-9+deb12u11), HAProxy 2.6.12 (haproxy 2.6.12-1+deb12u4), Tomcat 10.1.60 (libtomcat10-embed-java
# 10.1.60-1~deb12u1), and a HEADERS frame without a byte of its field block, which follows in CONTINUATION.
# RFC 9113 6.2 has no minimum for the Field Block Fragment, and 4.3 splits a field block into fragments anywhere; of padding, only what "exceeds
# the size remaining for the field block fragment" is an error. A trailer section without fields, which ends a stream too, is empty as well.
# Seen: nginx and HAProxy end the connection with FRAME_SIZE_ERROR (6) if the frame is empty, and serve it if padding stands in it; Tomcat
# serves the empty frame, and ends the connection with PROTOCOL_ERROR (1) if it is all padding. Apache 2.4.71 serves both.
set -euo pipefail
. "$(dirname "$0")/lib/servers.bash"
start nginx haproxy apache tomcat
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$lib python3 - nginx="$nginx_port" haproxy="$haproxy_port" apache="$apache_port" tomcat="$tomcat_port" > "$work/seen" <<'EOF'
import sys
from h2 import *
block = GET + HOST
cases = [("a byte", frame(HEADERS, END_STREAM, 1, block[:1]) + frame(9, END_HEADERS, 1, block[1:])),
         ("nothing", frame(HEADERS, END_STREAM, 1) + frame(9, END_HEADERS, 1, block)),
         ("padding", frame(HEADERS, 8 | END_STREAM, 1, b"\5" + b"\0" * 5) + frame(9, END_HEADERS, 1, block))]

for name, port in each(sys.argv[1:]):
    for what, frames in cases:
        print("%s: %s: %s" % (name, what, ask(port, frames)))
EOF
cat "$work/seen"
cmp "$work/seen" - <<'EOF' || { echo changed; exit 1; }
nginx: a byte: answered
nginx: nothing: GOAWAY 6
nginx: padding: answered
haproxy: a byte: answered
haproxy: nothing: GOAWAY 6
haproxy: padding: answered
apache: a byte: answered
apache: nothing: answered
apache: padding: answered
tomcat: a byte: answered
tomcat: nothing: answered
tomcat: padding: GOAWAY 1
EOF
