#!/usr/bin/env bash
# Jetty 9.4.57 (Debian 12: libjetty9-java 9.4.57-1.1~deb12u1), HTTP2Client and the HTTP/2 server, and the frames ALTSVC (type 0xa, RFC 7838)
# and ORIGIN (type 0xc, RFC 8336), which Node.js sends with session.altsvc() and session.origin().
# RFC 9113 4.1: "Implementations MUST ignore and discard frames of unknown types."
# Seen: Jetty ends the connection (parser_error, GOAWAY with PROTOCOL_ERROR) and the request fails. It ignores other unknown types, such as
# 0xd and 0xbb: 0xa to 0xc are the numbers that it uses inside for PREFACE, DISCONNECT and FAILURE. Its server does the same to a client.
set -euo pipefail
want='9.4.57'
for program in node java python3; do command -v $program > /dev/null || { echo "needs Node.js, a JDK and python3"; exit 3; }; done
jars=/usr/share/java
path=$(printf "$jars/jetty9-%s.jar:" server http io util http2-client http2-server http2-common http2-hpack alpn-client)$jars/servlet-api.jar
[ -f "$jars/jetty9-http2-client.jar" ] || { echo "needs Debian's libjetty9-java"; exit 3; }
dpkg-query -W -f '${Version}' libjetty9-java 2> /dev/null | grep "^$want" > /dev/null || { echo "another version of libjetty9-java; expected $want"; exit 3; }
work=$(mktemp -d); trap '[ -z "${pid:-}" ] || kill "$pid" 2> /dev/null || true; wait 2> /dev/null || true; rm -rf "$work"' EXIT
cat > "$work/server.js" <<'EOF'
const server = require('http2').createServer(), what = process.argv[2];
server.on('session', s => what === 'altsvc' ? s.altsvc('h2=":7"', 'https://a.test') : what === 'origin' ? s.origin('https://a.test') : 0);
server.on('stream', s => { s.respond({':status': 200}); s.end('ok'); });
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
EOF
cat > "$work/Client.java" <<'EOF'
import java.net.InetSocketAddress;
import java.util.concurrent.*;
import org.eclipse.jetty.http.*;
import org.eclipse.jetty.http2.api.*;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.frames.*;
import org.eclipse.jetty.util.*;
class Client {
  public static void main(String[] port) {
    try {
      System.out.println(ask(port));
    } catch (Exception failure) {
      System.out.println("failed: " + failure);
    }
    System.exit(0);
  }
  static String ask(String[] port) throws Exception {
    HTTP2Client client = new HTTP2Client();
    client.start();
    CompletableFuture<String> end = new CompletableFuture<>();
    FuturePromise<Session> session = new FuturePromise<>();
    client.connect(new InetSocketAddress("127.0.0.1", Integer.parseInt(port[0])), new Session.Listener.Adapter() {
      public void onFailure(Session s, Throwable failure) { end.complete("failed: " + failure.getMessage()); }
      public void onClose(Session s, GoAwayFrame frame) { end.complete("closed: " + frame.tryConvertPayload()); }
    }, session);
    MetaData.Request get = new MetaData.Request("GET", new HttpURI("http://127.0.0.1:" + port[0] + "/"), HttpVersion.HTTP_2, new HttpFields());
    session.get(10, TimeUnit.SECONDS).newStream(new HeadersFrame(get, null, true), new Promise.Adapter<>(), new Stream.Listener.Adapter() {
      public void onHeaders(Stream stream, HeadersFrame frame) { end.complete("" + ((MetaData.Response) frame.getMetaData()).getStatus()); }
    });
    return end.get(10, TimeUnit.SECONDS);
  }
}
EOF
javac -cp "$path" -d "$work" "$work/Client.java"
changed=0
for what in none altsvc origin; do
  node "$work/server.js" $what > "$work/$what" & pid=$!
  for ((i = 0; i < 100; i++)); do [ -s "$work/$what" ] && break; sleep 0.1; done
  seen=$(timeout 60 java -cp "$path:$work" Client "$(cat "$work/$what")" 2> /dev/null)
  curl -sS --http2-prior-knowledge "http://127.0.0.1:$(cat "$work/$what")/" > "$work/curl" 2>&1 || true
  kill "$pid"; wait "$pid" 2> /dev/null || true
  echo "server sends $what: Jetty's client: $seen; curl: $(cat "$work/curl")"
  [ "$what" = none ] && expected=200 || expected=failed
  [ "${seen%%:*}" = "$expected" ] || changed=1
done
[ $changed = 0 ] || echo 'changed: expected 200 without a frame and a failure with each'
exit $changed
