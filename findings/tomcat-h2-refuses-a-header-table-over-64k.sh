#!/usr/bin/env bash
# Tomcat 10.1.60 (Debian 12: libtomcat10-embed-java 10.1.60-1~deb12u1) with HTTP/2, and clients whose SETTINGS_HEADER_TABLE_SIZE is above 65536.
# RFC 9113 6.5.2: the setting is the sender's limit, in 32 bits, and "the encoder can select any size equal to or less than this value": a peer
# that wants a smaller table just uses one.
# Seen: Tomcat ends the connection with GOAWAY PROTOCOL_ERROR (1), "Attempted to set a header table size of [65537] ...". 65536, which
# browsers send, is the largest that it takes. nginx 1.22.1 serves any value.
set -euo pipefail
. "$(dirname "$0")/lib/servers.bash"
start nginx tomcat
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$lib python3 - nginx="$nginx_port" tomcat="$tomcat_port" > "$work/seen" <<'EOF'
import sys
from h2 import *
get = frame(HEADERS, END_HEADERS | END_STREAM, 1, GET + HOST)
for name, port in each(sys.argv[1:]):
    for size in (4096, 65536, 65537, 1 << 20, (1 << 32) - 1):
        print("%s: table of %d: %s" % (name, size, ask(port, get, b"\0\1" + size.to_bytes(4, "big"))))
EOF
cat "$work/seen"
cmp "$work/seen" - <<'EOF' || { echo changed; exit 1; }
nginx: table of 4096: answered
nginx: table of 65536: answered
nginx: table of 65537: answered
nginx: table of 1048576: answered
nginx: table of 4294967295: answered
tomcat: table of 4096: answered
tomcat: table of 65536: answered
tomcat: table of 65537: GOAWAY 1
tomcat: table of 1048576: GOAWAY 1
tomcat: table of 4294967295: GOAWAY 1
EOF
