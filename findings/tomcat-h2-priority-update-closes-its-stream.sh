#!/usr/bin/env bash
# Tomcat 10.1.60 (Debian 12: libtomcat10-embed-java 10.1.60-1~deb12u1) with HTTP/2, and PRIORITY_UPDATE before the request that it is about.
# RFC 9218 7.1: "A client MAY send a PRIORITY_UPDATE frame before the stream that it references is open", so that the request begins with it.
# Seen: the HEADERS frame that follows ends the connection with GOAWAY PROTOCOL_ERROR (1), "Stream [1] has been closed for some time".
# After HEADERS the frame does no harm.
set -euo pipefail
. "$(dirname "$0")/lib/servers.bash"
start tomcat
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$lib python3 - tomcat="$tomcat_port" > "$work/seen" <<'EOF'
import sys
from h2 import *
get = frame(HEADERS, END_HEADERS | END_STREAM, 1, GET + HOST)
begun = frame(HEADERS, END_HEADERS, 1, POST + HOST)
update = frame(0x10, 0, 0, b"\0\0\0\1u=1")
cases = [("no PRIORITY_UPDATE", get), ("after HEADERS", begun + update + frame(0, END_STREAM, 1)), ("before HEADERS", update + get)]

for name, port in each(sys.argv[1:]):
    for what, frames in cases:
        print("%s: %s: %s" % (name, what, ask(port, frames)))
EOF
cat "$work/seen"
cmp "$work/seen" - <<'EOF' || { echo changed; exit 1; }
tomcat: no PRIORITY_UPDATE: answered
tomcat: after HEADERS: answered
tomcat: before HEADERS: GOAWAY 1
EOF
