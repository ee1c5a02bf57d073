package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import io.terminator.testkit.Deterministic;
import io.terminator.testkit.NginxBackend;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Independent clients download from a real nginx and upload to a real Node server, byte for byte,
 * in HTTP/1.1 and h2.
 */
class HttpClientsIT {
  private static final long SEED = 7;
  private static final int SIZE = 3 * 1024 * 1024;
  private static final String SHA256 = Deterministic.sha256(SEED, SIZE);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** Answers with the protocol, the forwarding fields and the hash of what was uploaded. */
  private static final String SERVER =
      "const http=require('http'),crypto=require('crypto');"
          + "http.createServer((q,r)=>{if(q.url=='/early'){r.writeHead(413);r.end('no');return}"
          + "const h=crypto.createHash('sha256');"
          + "q.on('data',d=>h.update(d));q.on('end',()=>{"
          + "r.setHeader('Trailer','X-Sum');r.writeHead(200,{'Content-Type':'text/plain'});"
          + "r.write([q.httpVersion,q.headers['x-forwarded-for'],q.headers['x-forwarded-proto'],"
          + "h.digest('hex')].join(' '));"
          + "r.addTrailers({'X-Sum':'1'});r.end()})})"
          + ".listen(0,'127.0.0.1',function(){console.log('port '+this.address().port)});";

  /** h2 without TLS: echoes each part at once, and ends with a trailer, as gRPC does. */
  private static final String H2C_SERVER =
      "const h2=require('http2');"
          + "h2.createServer().on('stream',(s,h)=>{"
          + "s.respond({':status':200,'x-version':'h2c','x-for':h['x-forwarded-for']},"
          + "{waitForTrailers:true});s.on('wantTrailers',()=>s.sendTrailers({'grpc-status':'0'}));"
          + "s.on('data',d=>s.write(d));s.on('end',()=>s.end())})"
          + ".listen(0,'127.0.0.1',function(){console.log('port '+this.address().port)});";

  private static NginxBackend nginx;
  private static RunningProcess h2c;
  private static RunningProcess server;
  private static RunningTerminator terminator;
  private static Path ca;
  private static Path upload;

  @BeforeAll
  static void start() throws Exception {
    nginx = NginxBackend.start(SEED, SIZE);
    Processes.assumeAvailable("node");
    server = Processes.start("node", "-e", SERVER);
    String port = server.awaitLine("port (\\d+)", PATIENCE).group(1);
    h2c = Processes.start("node", "-e", H2C_SERVER);
    String h2cPort = h2c.awaitLine("port (\\d+)", PATIENCE).group(1);
    io.terminator.testkit.TestCa authority = io.terminator.testkit.TestCa.create();
    terminator =
        RunningTerminator.start(
            authority,
            Map.of("localhost", authority.server("localhost", "127.0.0.1")),
            """
            workers: 1
            listeners:
              - name: web
                bind: "127.0.0.1:0"
                certificates: certs/
                http: {}
                routes:
                  - { path: /node, backend: node, rewrite: / }
                  - { path: /grpc, backend: grpc }
                backend: nginx
            backends:
              nginx: { servers: ["127.0.0.1:%d"] }
              node: { servers: ["127.0.0.1:%s"] }
              grpc: { servers: ["127.0.0.1:%s"], protocol: h2c }
            """
                .formatted(nginx.address().getPort(), port, h2cPort));
    ca = Files.writeString(terminator.directory().resolve("ca.pem"), authority.rootPem());
    upload = Files.write(terminator.directory().resolve("upload"), Deterministic.bytes(SEED, SIZE));
  }

  @AfterAll
  static void stop() {
    if (terminator != null) {
      terminator.close();
    }
    if (server != null) {
      server.close();
    }
    if (h2c != null) {
      h2c.close();
    }
    nginx.close();
  }

  @ParameterizedTest
  @CsvSource({"--http1.1,1.1", "--http2,2", "--http1.0,1.0"})
  void curlDownloadsTwiceOverOneConnection(String option, String version) throws Exception {
    Path file = terminator.directory().resolve("curl" + version);
    String output =
        run(
            "curl",
            "-sS",
            option,
            "--cacert",
            ca.toString(),
            "-w",
            "%{http_version} %{num_connects}\n",
            "-o",
            file.toString(),
            url("/random"),
            "-o",
            file + "-again",
            url("/random"));
    String connects = version.equals("1.0") ? "1" : "0";
    // curl reports what the response says; a server answers 1.0 with 1.1.
    assertThat(output.lines().toList())
        .containsExactly(
            (version.equals("2") ? "2" : "1.1") + " 1",
            (version.equals("2") ? "2" : "1.1") + " " + connects);
    assertThat(sha256(file)).isEqualTo(SHA256);
    assertThat(sha256(Path.of(file + "-again"))).isEqualTo(SHA256);
  }

  @ParameterizedTest
  @ValueSource(strings = {"--http1.1", "--http2"})
  void curlUploadsWithLengthChunkedAndExpectation(String option) throws Exception {
    for (List<String> how :
        List.of(
            List.of("--data-binary", "@" + upload),
            List.of("-H", "Transfer-Encoding: chunked", "-T", upload.toString()),
            List.of("-H", "Expect: 100-continue", "--data-binary", "@" + upload))) {
      List<String> command =
          new ArrayList<>(List.of("curl", "-sS", option, "--cacert", ca.toString()));
      command.addAll(how);
      command.add(url("/node/upload"));
      assertThat(run(command.toArray(String[]::new)))
          .as(String.join(" ", command))
          .isEqualTo("1.1 127.0.0.1 https " + SHA256);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"--http1.1", "--http2"})
  void curlSeesTheAnswerToAnUploadThatTheServerDoesNotRead(String option) throws Exception {
    assertThat(
            run(
                "curl",
                "-sS",
                option,
                "--cacert",
                ca.toString(),
                "-w",
                " %{http_code}",
                "-H",
                "Expect:",
                "--data-binary",
                "@" + upload,
                url("/node/early")))
        .isEqualTo("no 413");
  }

  @Test
  void curlSeesHeadRangesAndConditions() throws Exception {
    String head = run("curl", "-sSI", "--http2", "--cacert", ca.toString(), url("/random"));
    assertThat(head).contains("HTTP/2 200").containsIgnoringCase("content-length: " + SIZE);
    String etag =
        head.lines()
            .filter(line -> line.toLowerCase(java.util.Locale.ROOT).startsWith("etag:"))
            .map(line -> line.substring(5).strip())
            .findFirst()
            .orElseThrow();
    assertThat(
            run(
                "curl",
                "-sS",
                "--http1.1",
                "--cacert",
                ca.toString(),
                "-o",
                "/dev/null",
                "-H",
                "If-None-Match: " + etag,
                "-w",
                "%{http_code}",
                url("/random")))
        .isEqualTo("304");
    assertThat(
            run(
                "curl",
                "-sS",
                "--http1.1",
                "--cacert",
                ca.toString(),
                "-o",
                "/dev/null",
                "-r",
                "10-19",
                "-w",
                "%{http_code} %{size_download}",
                url("/random")))
        .isEqualTo("206 10");
  }

  @ParameterizedTest
  @EnumSource(HttpClient.Version.class)
  void theJdksClientSendsManyAtOnce(HttpClient.Version version) throws Exception {
    HttpClient client =
        HttpClient.newBuilder()
            .version(version)
            .sslContext(terminator.ca().clientContext())
            .build();
    List<CompletableFuture<HttpResponse<byte[]>>> answers = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      answers.add(
          client.sendAsync(
              HttpRequest.newBuilder(URI.create(url("/random"))).build(),
              HttpResponse.BodyHandlers.ofByteArray()));
      answers.add(
          client.sendAsync(
              HttpRequest.newBuilder(URI.create(url("/node/x")))
                  .POST(HttpRequest.BodyPublishers.ofFile(upload))
                  .build(),
              HttpResponse.BodyHandlers.ofByteArray()));
    }
    for (int i = 0; i < answers.size(); i++) {
      HttpResponse<byte[]> answer = answers.get(i).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      assertThat(answer.version()).isEqualTo(version);
      assertThat(answer.statusCode()).isEqualTo(200);
      if (i % 2 == 0) {
        assertThat(sha256(answer.body())).isEqualTo(SHA256);
      } else {
        assertThat(new String(answer.body(), java.nio.charset.StandardCharsets.US_ASCII))
            .isEqualTo("1.1 127.0.0.1 https " + SHA256);
      }
    }
  }

  @Test
  void nodeSpeaksBothVersions() throws Exception {
    Processes.assumeAvailable("node");
    String http2 =
        "const h2=require('http2'),fs=require('fs'),crypto=require('crypto');"
            + "const c=h2.connect('"
            + url("")
            + "',{ca:fs.readFileSync('"
            + ca
            + "')});let open=4;"
            + "for(let i=0;i<4;i++){const r=c.request({':path':'/random'}),h=crypto.createHash('sha256');"
            + "r.on('data',d=>h.update(d));r.on('end',()=>{console.log(h.digest('hex'));"
            + "if(--open==0)c.close()})}";
    assertThat(run("node", "-e", http2).lines()).hasSize(4).allMatch(SHA256::equals);
    String https =
        "const https=require('https'),fs=require('fs');"
            + "const a=new https.Agent({keepAlive:true,maxSockets:1,ca:fs.readFileSync('"
            + ca
            + "')});const u=n=>https.request('"
            + url("/node/x")
            + "',{method:'POST',agent:a},r=>{let t='';r.on('data',d=>t+=d);r.on('end',()=>{"
            + "console.log(r.req.reusedSocket,r.trailers['x-sum'],t.slice(0,23));"
            + "setImmediate(()=>n?u(n-1):a.destroy())})}).end('hello');u(2)";
    assertThat(run("node", "-e", https).lines())
        .containsExactly(
            "false 1 1.1 127.0.0.1 https 2cf",
            "true 1 1.1 127.0.0.1 https 2cf",
            "true 1 1.1 127.0.0.1 https 2cf");
  }

  /** Each part is sent only after the one before came back: neither direction is collected. */
  @Test
  void aStreamReachesAnH2cServerAndItsTrailersComeBack() throws Exception {
    Processes.assumeAvailable("node");
    String script =
        "const h2=require('http2'),fs=require('fs');const c=h2.connect('"
            + url("")
            + "',{ca:fs.readFileSync('"
            + ca
            + "')});const r=c.request({':method':'POST',':path':'/grpc/a','te':'trailers'});"
            + "let n=0;r.on('response',h=>console.log(h[':status'],h['x-version'],h['x-for']));"
            + "r.on('data',d=>{console.log(''+d);if(++n<3)r.write('part '+n);else if(n==3)r.end()});"
            + "r.on('trailers',t=>{console.log('status',t['grpc-status']);c.close()});r.write('part 0')";
    assertThat(run("node", "-e", script).lines())
        .containsExactly("200 h2c 127.0.0.1", "part 0", "part 1", "part 2", "status 0");
    assertThat(
            run(
                "curl",
                "-sS",
                "--http1.1",
                "--cacert",
                ca.toString(),
                "-o",
                "/dev/null",
                "-w",
                "%{http_code} %{size_download}",
                "--data-binary",
                "@" + upload,
                url("/grpc/b")))
        .isEqualTo("200 " + SIZE);
  }

  @Test
  void pythonKeepsItsConnection() throws Exception {
    Processes.assumeAvailable("python3");
    String script =
        "import http.client,ssl,hashlib\n"
            + "c=http.client.HTTPSConnection('localhost',"
            + terminator.address().getPort()
            + ",context=ssl.create_default_context(cafile='"
            + ca
            + "'))\n"
            + "for i in range(3):\n"
            + "  c.request('GET','/random')\n"
            + "  print(hashlib.sha256(c.getresponse().read()).hexdigest())\n"
            + "def parts():\n"
            + "  f=open('"
            + upload
            + "','rb')\n"
            + "  while True:\n"
            + "    b=f.read(70000)\n"
            + "    if not b: return\n"
            + "    yield b\n"
            + "c.request('POST','/node/x',body=parts(),encode_chunked=True,headers={'Transfer-Encoding':'chunked'})\n"
            + "print(c.getresponse().read().decode())\n";
    assertThat(run("python3", "-c", script).lines())
        .containsExactly(SHA256, SHA256, SHA256, "1.1 127.0.0.1 https " + SHA256);
  }

  @Test
  void nghttpAndH2loadMultiplex() throws Exception {
    Processes.assumeAvailable("nghttp");
    Processes.assumeAvailable("h2load");
    assertThat(run("nghttp", "-nv", url("/hello"), url("/random")))
        .contains("recv HEADERS frame")
        .contains(":status: 200")
        .doesNotContain(
            "GOAWAY frame <length=8, flags=0x00, stream_id=0>\n          (last_stream_id=0, error_code=PROTOCOL_ERROR");
    String load = run("h2load", "-n", "400", "-c", "4", "-m", "10", url("/hello"));
    assertThat(load).contains("400 succeeded, 0 failed, 0 errored, 0 timeout");
    String old = run("h2load", "--h1", "-n", "200", "-c", "4", url("/hello"));
    assertThat(old).contains("200 succeeded, 0 failed, 0 errored, 0 timeout");
  }

  private static String url(String path) {
    return "https://localhost:" + terminator.address().getPort() + path;
  }

  private static String run(String... command) {
    Processes.assumeAvailable(command[0]);
    try (RunningProcess process = Processes.start(command)) {
      int exit = process.awaitExit(PATIENCE);
      assertThat(exit).as("%s: %s", List.of(command), process.output()).isZero();
      return process.output();
    }
  }

  private static String sha256(Path file) throws Exception {
    try (InputStream input = Files.newInputStream(file)) {
      return sha256(input.readAllBytes());
    }
  }

  private static String sha256(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }
}
