#!/usr/bin/env bash
# Apache httpd 2.4.71 (Debian 12: apache2-bin 2.4.71-1~deb12u1), Jetty 9.4.57 (libjetty9-java 9.4.57-1.1~deb12u1), Tomcat 10.1.60
# (libtomcat10-embed-java 10.1.60-1~deb12u1), and a host with an empty port, "a.test:", in HTTP/1.1 and HTTP/2.
# RFC 3986 3.2.3: "port = *DIGIT", so a colon without digits is valid and means the default port; RFC 9110 7.2: Host = uri-host [ ":" port ].
# Seen: Apache answers 400 in both versions, and Tomcat in HTTP/2 but not in HTTP/1.1. Jetty answers 400 in HTTP/1.1; in HTTP/2 it ends the
# whole connection with GOAWAY PROTOCOL_ERROR. Varnish 7.1.1 serves it in both.
set -euo pipefail
for program in python3 java curl; do command -v $program > /dev/null || { echo "needs $program"; exit 3; }; done
apache=$(command -v apache2 || echo /usr/sbin/apache2)
[ -x "$apache" ] || { echo "needs Debian's apache2-bin"; exit 3; }
"$apache" -v | grep 'Apache/2\.4\.71' > /dev/null || { echo "another version: $("$apache" -v | head -1); expected 2.4.71"; exit 3; }
varnish=$(command -v varnishd || echo /usr/sbin/varnishd)
[ -x "$varnish" ] || { echo "needs Debian's varnish"; exit 3; }
"$varnish" -V 2>&1 | grep 'varnish-7\.1\.1 ' > /dev/null || { echo "another version: $("$varnish" -V 2>&1 | head -1); expected 7.1.1"; exit 3; }
dpkg-query -W -f '${Version}' libjetty9-java 2> /dev/null | grep '^9\.4\.57-' > /dev/null || { echo "needs Debian's libjetty9-java 9.4.57"; exit 3; }
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
varnish_port=$(port)
cat > "$work/a.vcl" <<'EOF'
vcl 4.1;
backend default none;
sub vcl_recv { return (synth(200)); }
EOF
"$varnish" -F -j none -n "$work/n" -a "127.0.0.1:$varnish_port" -p feature=+http2 -f "$work/a.vcl" -s malloc,8m > "$work/varnish.log" 2>&1 & pids+=($!)
jetty_port=$(port)
cat > "$work/JettyMain.java" <<EOF
import javax.servlet.http.*;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.server.*;
import org.eclipse.jetty.server.handler.AbstractHandler;
class JettyMain {
  public static void main(String[] arguments) throws Exception {
    Server server = new Server();
    HttpConfiguration http = new HttpConfiguration();
    ServerConnector connector = new ServerConnector(server, new HttpConnectionFactory(http), new HTTP2CServerConnectionFactory(http));
    connector.setHost("127.0.0.1");
    connector.setPort($jetty_port);
    server.addConnector(connector);
    server.setHandler(new AbstractHandler() {
      public void handle(String target, Request base, HttpServletRequest request, HttpServletResponse response) throws java.io.IOException {
        base.setHandled(true);
        response.getWriter().print("ok");
      }
    });
    server.start();
  }
}
EOF
java -cp "$(printf '/usr/share/java/jetty9-%s.jar:' server http io util http2-server http2-common http2-hpack)/usr/share/java/servlet-api.jar" \
  "$work/JettyMain.java" > "$work/jetty.log" 2>&1 & pids+=($!)
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
for each in "$apache_port" "$varnish_port" "$jetty_port" "$tomcat_port"; do listening "$each"; done
for server in apache varnish jetty tomcat; do
  at=${server}_port
  for host in a.test a.test:80 a.test:; do
    for version in --http1.1 --http2-prior-knowledge; do
      status=$(curl -s --max-time 20 -o /dev/null -w '%{http_code}' $version -H "Host: $host" "http://127.0.0.1:${!at}/") || status='no answer'
      echo "$server $version $host $status"
    done
  done
done | tee "$work/seen"
cat > "$work/expected" <<'EOF'
apache --http1.1 a.test: 400
apache --http2-prior-knowledge a.test: 400
jetty --http1.1 a.test: 400
jetty --http2-prior-knowledge a.test: no answer
tomcat --http2-prior-knowledge a.test: 400
EOF
grep ' 400$\| no answer$' "$work/seen" | cmp - "$work/expected" || { echo changed; exit 1; }
