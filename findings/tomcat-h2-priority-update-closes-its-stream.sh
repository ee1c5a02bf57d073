#!/usr/bin/env bash
# Tomcat 10.1.60 (Debian 12: libtomcat10-embed-java 10.1.60-1~deb12u1) with HTTP/2, and PRIORITY_UPDATE before the request that it is about.
# RFC 9218 7.1: "A client MAY send a PRIORITY_UPDATE frame before the stream that it references is open", so that the request begins with it.
# Seen: the HEADERS frame that follows ends the connection with GOAWAY PROTOCOL_ERROR (1), "Stream [1] has been closed for some time".
# Afterwards, or for another stream that is not used, the frame does no harm.
set -euo pipefail
for program in python3 java; do command -v $program > /dev/null || { echo "needs $program"; exit 3; }; done
dpkg-query -W -f '${Version}' libtomcat10-embed-java 2> /dev/null | grep '^10\.1\.60-' > /dev/null || { echo "needs Debian's libtomcat10-embed-java 10.1.60"; exit 3; }
work=$(mktemp -d); pids=()
trap 'kill "${pids[@]}" 2> /dev/null || true; wait 2> /dev/null || true; rm -rf "$work"' EXIT
port() { # a free port
  python3 - <<'EOF'
import random, socket
while True:
    with socket.socket() as s:
        try: s.bind(("127.0.0.1", random.randrange(10000, 30000))); print(s.getsockname()[1]); break
        except OSError: pass
EOF
}
listening() { for ((i = 0; i < 300; i++)); do (exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null && return; sleep 0.1; done; echo "nothing listens on port $1"; exit 3; }
tomcat_port=$(port)
cat > "$work/TomcatMain.java" <<EOF
import jakarta.servlet.http.*;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
class TomcatMain {
  public static void main(String[] arguments) throws Exception {
    Tomcat tomcat = new Tomcat();
    tomcat.setBaseDir("$work/tomcat");
    Connector connector = new Connector();
    connector.setProperty("address", "127.0.0.1");
    connector.setPort($tomcat_port);
    connector.addUpgradeProtocol(new org.apache.coyote.http2.Http2Protocol());
    tomcat.setConnector(connector);
    var context = tomcat.addContext("", null);
    Tomcat.addServlet(context, "one", new HttpServlet() {
      protected void service(HttpServletRequest request, HttpServletResponse response) throws java.io.IOException {
        request.getInputStream().readAllBytes();
        response.getWriter().print("ok");
      }
    });
    context.addServletMappingDecoded("/", "one");
    tomcat.start();
    tomcat.getServer().await();
  }
}
EOF
java -cp /usr/share/java/tomcat10-embed-core.jar:/usr/share/java/tomcat10-annotations-api.jar "$work/TomcatMain.java" > "$work/tomcat.log" 2>&1 & pids+=($!)
for each in "$tomcat_port"; do listening "$each"; done
cat > "$work/ask.py" <<'EOF'
import socket, sys
def frame(kind, flags, stream, payload=b""):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload
def field(name, value):
    return b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value
GET, POST, HOST = b"\x82\x86\x84", b"\x83\x86\x84", field(b":authority", b"a.test")  # the method, :scheme http, :path /
HEADERS, END_STREAM, END_HEADERS = 1, 1, 4
def ask(port, frames, settings=b""):
    with socket.create_connection(("127.0.0.1", port), 20) as s:
        s.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, settings) + frames)
        buffer = b""
        try:
            while True:
                while len(buffer) < 9 or len(buffer) < 9 + int.from_bytes(buffer[:3], "big"):
                    more = s.recv(65536)
                    if not more: return "closed"
                    buffer += more
                size = int.from_bytes(buffer[:3], "big")
                kind, flags, stream, payload = buffer[3], buffer[4], int.from_bytes(buffer[5:9], "big"), buffer[9:9 + size]
                buffer = buffer[9 + size:]
                if kind == 4 and not flags: s.sendall(frame(4, 1, 0))
                if kind in (0, 1) and stream == 1 and flags & END_STREAM: return "answered"
                if kind == 3: return "RST_STREAM %d" % int.from_bytes(payload, "big")
                if kind == 7 and (payload[4:8] != b"\0\0\0\0"): return "GOAWAY %d" % int.from_bytes(payload[4:8], "big")
        except ConnectionError: return "closed"
get = frame(HEADERS, END_HEADERS | END_STREAM, 1, GET + HOST)
begun = frame(HEADERS, END_HEADERS, 1, POST + HOST)
update = frame(0x10, 0, 0, b"\0\0\0\1u=1")
cases = [("no PRIORITY_UPDATE", get), ("after HEADERS", begun + update + frame(0, END_STREAM, 1)), ("before HEADERS", update + get)]

for argument in sys.argv[1:]:
    name, port = argument.split("=")
    for what, frames in cases:
        print("%s: %s: %s" % (name, what, ask(int(port), frames)))
EOF
python3 "$work/ask.py" tomcat="$tomcat_port" | tee "$work/seen"
cmp "$work/seen" - <<'EOF' || { echo changed; exit 1; }
tomcat: no PRIORITY_UPDATE: answered
tomcat: after HEADERS: answered
tomcat: before HEADERS: GOAWAY 1
EOF
