# Servers of Debian 12 for the scripts that compare them, which source this file. "start NAME..." checks the versions, and exits with 3 for
# others; starts each server on a free port of 127.0.0.1, with HTTP/1.1 and HTTP/2 (nginx and HAProxy: HTTP/2 alone); and sets NAME_port.
# Everything is in $work, and ends with the script.
lib=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
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
need() { # PROGRAM...
  local program
  for program; do command -v "$program" > /dev/null || { echo "needs $program"; exit 3; }; done
}
version() { # PACKAGE VERSION
  dpkg-query -W -f '${Version}' "$1" 2> /dev/null | grep "^$2-" > /dev/null || { echo "needs Debian's $1 $2"; exit 3; }
}
nginx() {
  version nginx 1.22.1
  nginx_port=$(port)
  cat > "$work/nginx.conf" <<EOF
daemon off; master_process off; pid $work/pid; error_log $work/nginx.log;
events { }
http {
  access_log off; client_body_temp_path $work/t1; proxy_temp_path $work/t2; fastcgi_temp_path $work/t3; uwsgi_temp_path $work/t4; scgi_temp_path $work/t5;
  server { listen 127.0.0.1:$nginx_port http2; location / { return 200 "ok"; } }
}
EOF
  /usr/sbin/nginx -p "$work" -c "$work/nginx.conf" 2> /dev/null & pids+=($!)
}
haproxy() {
  version haproxy 2.6.12
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
  /usr/sbin/haproxy -db -f "$work/haproxy.cfg" > "$work/haproxy.log" 2>&1 & pids+=($!)
}
apache() {
  version apache2-bin 2.4.71
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
  /usr/sbin/apache2 -D FOREGROUND -f "$work/apache.conf" 2> "$work/apache.err" & pids+=($!)
}
varnish() {
  version varnish 7.1.1
  varnish_port=$(port)
  cat > "$work/a.vcl" <<'EOF'
vcl 4.1;
backend default none;
sub vcl_recv { return (synth(200)); }
EOF
  /usr/sbin/varnishd -F -j none -n "$work/n" -a "127.0.0.1:$varnish_port" -p feature=+http2 -f "$work/a.vcl" -s malloc,8m > "$work/varnish.log" 2>&1 & pids+=($!)
}
tomcat() {
  need java; version libtomcat10-embed-java 10.1.60
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
}
jetty() {
  need java; version libjetty9-java 9.4.57
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
}
start() { # NAME...
  local name port_of
  need python3
  for name; do "$name"; done
  for name; do port_of=${name}_port; listening "${!port_of}"; done
}
