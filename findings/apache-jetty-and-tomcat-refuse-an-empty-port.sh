#!/usr/bin/env bash
# Apache httpd 2.4.71 (Debian 12: apache2-bin 2.4.71-1~deb12u1), Jetty 9.4.57 (libjetty9-java 9.4.57-1.1~deb12u1), Tomcat 10.1.60
# (libtomcat10-embed-java 10.1.60-1~deb12u1), and a host with an empty port, "a.test:", in HTTP/1.1 and HTTP/2.
# RFC 3986 3.2.3: "port = *DIGIT", so a colon without digits is valid and means the default port; RFC 9110 7.2: Host = uri-host [ ":" port ].
# Seen: Apache answers 400 in both versions, and Tomcat in HTTP/2 but not in HTTP/1.1. Jetty answers 400 in HTTP/1.1; in HTTP/2 it ends the
# whole connection with GOAWAY PROTOCOL_ERROR. Varnish 7.1.1 serves it in both.
set -euo pipefail
. "$(dirname "$0")/lib/servers.bash"
need curl
start apache varnish jetty tomcat
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
