#!/usr/bin/env bash
# nginx 1.22.1 (Debian 12: nginx 1.22.1-9+deb12u11), HAProxy 2.6.12 (haproxy 2.6.12-1+deb12u4), Tomcat 10.1.60 (libtomcat10-embed-java
# 10.1.60-1~deb12u1), and a HEADERS frame without a byte of its field block, which follows in CONTINUATION.
# RFC 9113 6.2 has no minimum for the Field Block Fragment, and 4.3 splits a field block into fragments anywhere; of padding, only what "exceeds
# the size remaining for the field block fragment" is an error. A trailer section without fields, which ends a stream too, is empty as well.
# Seen: nginx and HAProxy end the connection with FRAME_SIZE_ERROR (6) if the frame is empty, and serve it if padding stands in it; Tomcat
# serves the empty frame, and ends the connection with PROTOCOL_ERROR (1) if it is all padding. Apache 2.4.71 serves both.
set -euo pipefail
for program in python3 java; do command -v $program > /dev/null || { echo "needs $program"; exit 3; }; done
nginx=$(command -v nginx || echo /usr/sbin/nginx)
[ -x "$nginx" ] || { echo "needs Debian's nginx"; exit 3; }
"$nginx" -v 2>&1 | grep 'nginx/1\.22\.1$' > /dev/null || { echo "another version: $("$nginx" -v 2>&1); expected 1.22.1"; exit 3; }
haproxy=$(command -v haproxy || echo /usr/sbin/haproxy)
[ -x "$haproxy" ] || { echo "needs Debian's haproxy"; exit 3; }
"$haproxy" -v | grep 'version 2\.6\.12' > /dev/null || { echo "another version: $("$haproxy" -v | head -1); expected 2.6.12"; exit 3; }
apache=$(command -v apache2 || echo /usr/sbin/apache2)
[ -x "$apache" ] || { echo "needs Debian's apache2-bin"; exit 3; }
"$apache" -v | grep 'Apache/2\.4\.71' > /dev/null || { echo "another version: $("$apache" -v | head -1); expected 2.4.71"; exit 3; }
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
nginx_port=$(port)
cat > "$work/nginx.conf" <<EOF
daemon off; master_process off; pid $work/pid; error_log $work/nginx.log;
events { }
http {
  access_log off; client_body_temp_path $work/t1; proxy_temp_path $work/t2; fastcgi_temp_path $work/t3; uwsgi_temp_path $work/t4; scgi_temp_path $work/t5;
  server { listen 127.0.0.1:$nginx_port http2; location / { return 200 "ok"; } }
}
EOF
"$nginx" -p "$work" -c "$work/nginx.conf" 2> /dev/null & pids+=($!)
haproxy_port=$(port)
cat > "$work/haproxy.cfg" <<EOF
defaults
  mode http
  timeout client 30s
  timeout server 30s
  timeout connect 5s
frontend web
  bind 127.0.0.1:$haproxy_port proto h2
  http-request return status 200 content-type text/plain string ok
EOF
"$haproxy" -db -f "$work/haproxy.cfg" > "$work/haproxy.log" 2>&1 & pids+=($!)
apache_port=$(port)
mkdir "$work/www"; echo ok > "$work/www/index.html"
modules=/usr/lib/apache2/modules
cat > "$work/apache.conf" <<EOF
ServerRoot $work
ServerName localhost
PidFile $work/apache.pid
ErrorLog $work/apache.log
LoadModule mpm_event_module $modules/mod_mpm_event.so
LoadModule authz_core_module $modules/mod_authz_core.so
LoadModule http2_module $modules/mod_http2.so
Listen 127.0.0.1:$apache_port
Protocols h2c http/1.1
DocumentRoot $work/www
EOF
"$apache" -D FOREGROUND -f "$work/apache.conf" 2> "$work/apache.err" & pids+=($!)
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
for each in "$nginx_port" "$haproxy_port" "$apache_port" "$tomcat_port"; do listening "$each"; done
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
block = GET + HOST
cases = [("a byte", frame(HEADERS, END_STREAM, 1, block[:1]) + frame(9, END_HEADERS, 1, block[1:])),
         ("nothing", frame(HEADERS, END_STREAM, 1) + frame(9, END_HEADERS, 1, block)),
         ("padding", frame(HEADERS, 8 | END_STREAM, 1, b"\5" + b"\0" * 5) + frame(9, END_HEADERS, 1, block))]

for argument in sys.argv[1:]:
    name, port = argument.split("=")
    for what, frames in cases:
        print("%s: %s: %s" % (name, what, ask(int(port), frames)))
EOF
python3 "$work/ask.py" nginx="$nginx_port" haproxy="$haproxy_port" apache="$apache_port" tomcat="$tomcat_port" | tee "$work/seen"
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
