package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.testkit.Ports;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/**
 * The application servers of Debian, each set up as in {@code docs/backends.md}, which contains
 * {@code recipe}. Their application answers with the client's address and the scheme as it sees
 * them.
 */
enum ApplicationServer {
  GUNICORN("v1", "--proxy-protocol --proxy-allow-from 127.0.0.1", "client=::1. scheme=http."),
  UWSGI("v1", "enable-proxy-protocol = true", "client=::1. scheme=http."),
  PUMA("v1", "set_remote_address proxy_protocol: :v1", "client=::1."),
  JETTY(
      "v2",
      "connector.addFirstConnectionFactory(new ProxyConnectionFactory());",
      "client=[0:0:0:0:0:0:0:1]."),
  /** Without the PROXY protocol, which Tomcat does not read. */
  TOMCAT("off", "scheme=\"https\" secure=\"true\" proxyPort=\"443\"", "scheme=https."),
  /** Terminator sends the client's scheme, https, over a connection without TLS. */
  TOMCAT_H2C("off", "allowSchemeMismatch=\"true\"", "scheme=https."),
  GO("v2", "proxyproto.MustStrictWhiteListPolicy", "client=[::1]:"),
  NODE("v2", "proxy_set_header X-Forwarded-Proto https", "client=::1. scheme=https."),
  PHP_FPM("v2", "fastcgi_param HTTPS on;", "client=::1. scheme=https.");

  private static final Path JAVA = Path.of("/usr/share/java");

  private static final String PYTHON =
      """
      def app(environ, start):
          body = "client=%s. scheme=%s." % (environ["REMOTE_ADDR"], environ["wsgi.url_scheme"])
          start("200 OK", [("Content-Length", str(len(body)))])
          return [body.encode()]
      """;

  final String proxyProtocol;
  final String recipe;
  final String answer;

  ApplicationServer(String proxyProtocol, String recipe, String answer) {
    this.proxyProtocol = proxyProtocol;
    this.recipe = recipe;
    this.answer = answer;
  }

  /** The processes, the one that Terminator connects to first. */
  List<RunningProcess> start(Path directory, int port) throws IOException {
    List<RunningProcess> all =
        switch (this) {
          case GUNICORN -> gunicorn(directory, port);
          case UWSGI -> uwsgi(directory, port);
          case PUMA -> puma(directory, port);
          case JETTY -> jetty(directory, port);
          case TOMCAT, TOMCAT_H2C -> tomcat(directory, port);
          case GO -> go(directory, port);
          case NODE -> node(directory, port);
          case PHP_FPM -> phpFpm(directory, port);
        };
    RunningProcess first = all.get(0);
    await()
        .atMost(RunningTerminator.PATIENCE)
        .until(() -> !first.isRunning() || Ports.isAccepting(port));
    all.forEach(process -> assertThat(process.isRunning()).as(process.output()).isTrue());
    return all;
  }

  private static List<RunningProcess> gunicorn(Path directory, int port) throws IOException {
    String program = Processes.assumeAvailable("gunicorn").toString();
    Files.writeString(directory.resolve("app.py"), PYTHON);
    return List.of(
        Processes.start(
            program,
            "--chdir",
            directory.toString(),
            "--proxy-protocol",
            "--proxy-allow-from",
            "127.0.0.1",
            "--bind",
            "127.0.0.1:" + port,
            "app:app"));
  }

  private static List<RunningProcess> uwsgi(Path directory, int port) throws IOException {
    String program = Processes.assumeAvailable("uwsgi").toString();
    Path app = Files.writeString(directory.resolve("app.py"), PYTHON);
    Path file =
        Files.writeString(
            directory.resolve("uwsgi.ini"),
            """
            [uwsgi]
            plugin = python3
            http-socket = 127.0.0.1:%d
            enable-proxy-protocol = true
            wsgi-file = %s
            callable = app
            die-on-term = true
            """
                .formatted(port, app));
    return List.of(Processes.start(program, "--ini", file.toString()));
  }

  private static List<RunningProcess> puma(Path directory, int port) throws IOException {
    String program = Processes.assumeAvailable("puma").toString();
    Path rack =
        Files.writeString(
            directory.resolve("config.ru"),
            "run ->(env) { [200, {}, [\"client=#{env['REMOTE_ADDR']}.\"]] }\n");
    Path file =
        Files.writeString(
            directory.resolve("puma.rb"),
            "bind \"tcp://127.0.0.1:%d\"\nset_remote_address proxy_protocol: :v1\n"
                .formatted(port));
    return List.of(Processes.start(program, "-C", file.toString(), rack.toString()));
  }

  private static List<RunningProcess> jetty(Path directory, int port) throws IOException {
    return java(
        directory,
        "JettyMain",
        """
        import javax.servlet.http.*;
        import org.eclipse.jetty.server.*;
        import org.eclipse.jetty.server.handler.AbstractHandler;

        class JettyMain {
          public static void main(String[] arguments) throws Exception {
            Server server = new Server();
            ServerConnector connector = new ServerConnector(server);
            connector.setHost("127.0.0.1");
            connector.setPort(%d);
            connector.addFirstConnectionFactory(new ProxyConnectionFactory());
            server.addConnector(connector);
            server.setHandler(
                new AbstractHandler() {
                  public void handle(
                      String target,
                      Request base,
                      HttpServletRequest request,
                      HttpServletResponse response)
                      throws java.io.IOException {
                    base.setHandled(true);
                    response.getWriter().print("client=" + request.getRemoteAddr() + ".");
                  }
                });
            server.start();
          }
        }
        """
            .formatted(port),
        "jetty9-server.jar",
        "jetty9-http.jar",
        "jetty9-io.jar",
        "jetty9-util.jar",
        "servlet-api.jar");
  }

  private static List<RunningProcess> tomcat(Path directory, int port) throws IOException {
    return java(
        directory,
        "TomcatMain",
        """
        import jakarta.servlet.http.*;
        import org.apache.catalina.connector.Connector;
        import org.apache.catalina.startup.Tomcat;

        class TomcatMain {
          public static void main(String[] arguments) throws Exception {
            Tomcat tomcat = new Tomcat();
            tomcat.setBaseDir("%s");
            Connector connector = new Connector();
            connector.setProperty("address", "127.0.0.1");
            connector.setPort(%d);
            connector.setScheme("https");
            connector.setSecure(true);
            connector.setProxyPort(443);
            var h2c = new org.apache.coyote.http2.Http2Protocol();
            h2c.setAllowSchemeMismatch(true);
            connector.addUpgradeProtocol(h2c);
            tomcat.setConnector(connector);
            var context = tomcat.addContext("", null);
            Tomcat.addServlet(
                context,
                "one",
                new HttpServlet() {
                  protected void doGet(HttpServletRequest request, HttpServletResponse response)
                      throws java.io.IOException {
                    response
                        .getWriter()
                        .print("url=" + request.getRequestURL() + " scheme=" + request.getScheme() + ".");
                  }
                });
            context.addServletMappingDecoded("/", "one");
            tomcat.start();
            tomcat.getServer().await();
          }
        }
        """
            .formatted(directory, port),
        "tomcat10-embed-core.jar",
        "tomcat10-annotations-api.jar");
  }

  private static List<RunningProcess> java(
      Path directory, String name, String source, String... jars) throws IOException {
    List<String> path = new ArrayList<>();
    for (String jar : jars) {
      if (Files.exists(JAVA.resolve(jar))) {
        path.add(JAVA.resolve(jar).toString());
      }
    }
    Assumptions.assumeTrue(!path.isEmpty(), jars[0] + " is not installed");
    Path file = Files.writeString(directory.resolve(name + ".java"), source);
    return List.of(
        Processes.start(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            String.join(":", path),
            file.toString()));
  }

  /** Not demanded in CI: the compiler alone is larger than everything else here. */
  private static List<RunningProcess> go(Path directory, int port) throws IOException {
    Path library = Path.of("/usr/share/gocode/src/github.com/pires/go-proxyproto");
    Assumptions.assumeTrue(Files.isDirectory(library), "go-proxyproto is not installed");
    String program = Processes.assumeAvailable("go").toString();
    Path source = Files.createDirectories(directory.resolve("go/src/app"));
    Files.writeString(
        source.resolve("main.go"),
        """
        package main

        import (
          "fmt"
          "net"
          "net/http"

          proxyproto "github.com/pires/go-proxyproto"
        )

        func main() {
          inner, err := net.Listen("tcp", "127.0.0.1:%d")
          if err != nil {
            panic(err)
          }
          policy := proxyproto.MustStrictWhiteListPolicy([]string{"127.0.0.1"})
          listener := &proxyproto.Listener{Listener: inner, Policy: policy}
          http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
            fmt.Fprintf(w, "client=%%s.", r.RemoteAddr)
          }))
        }
        """
            .formatted(port));
    Path built = directory.resolve("app");
    ProcessBuilder build = new ProcessBuilder(program, "build", "-o", built.toString(), "app");
    build.environment().put("GOPATH", directory.resolve("go") + ":/usr/share/gocode");
    build.environment().put("GO111MODULE", "off");
    build.environment().put("GOCACHE", directory.resolve("cache").toString());
    build.environment().put("GOFLAGS", "");
    try (RunningProcess compiler = Processes.start(build)) {
      assertThat(compiler.awaitExit(RunningTerminator.PATIENCE.multipliedBy(4)))
          .as(compiler.output())
          .isZero();
    }
    return List.of(Processes.start(built.toString()));
  }

  private static List<RunningProcess> node(Path directory, int port) throws IOException {
    String program = Processes.assumeAvailable("node").toString();
    int own = Ports.free();
    Path file =
        Files.writeString(
            directory.resolve("app.js"),
            """
            require("http")
              .createServer((request, response) => {
                const said = request.headers;
                response.end(`client=${said["x-forwarded-for"]}. scheme=${said["x-forwarded-proto"]}.`);
              })
              .listen(%d, "127.0.0.1");
            """
                .formatted(own));
    RunningProcess app = Processes.start(program, file.toString());
    await()
        .atMost(RunningTerminator.PATIENCE)
        .until(() -> !app.isRunning() || Ports.isAccepting(own));
    return List.of(
        nginx(
            directory,
            port,
            """
            proxy_pass http://127.0.0.1:%d;
            proxy_set_header X-Forwarded-For $proxy_protocol_addr;
            proxy_set_header X-Forwarded-Proto https;
            """
                .formatted(own)),
        app);
  }

  private static List<RunningProcess> phpFpm(Path directory, int port) throws IOException {
    String program = Processes.assumeAvailable(phpFpm()).toString();
    int own = Ports.free();
    Path script =
        Files.writeString(
            directory.resolve("app.php"),
            "<?php echo \"client={$_SERVER['REMOTE_ADDR']}. scheme=\","
                + " empty($_SERVER['HTTPS']) ? 'http' : 'https', '.';\n");
    Path file =
        Files.writeString(
            directory.resolve("fpm.conf"),
            """
            [global]
            error_log = /proc/self/fd/2
            daemonize = no
            [www]
            listen = 127.0.0.1:%d
            pm = static
            pm.max_children = 1
            user = %s
            """
                .formatted(own, System.getProperty("user.name")));
    RunningProcess app = Processes.start(program, "-R", "-y", file.toString());
    await()
        .atMost(RunningTerminator.PATIENCE)
        .until(() -> !app.isRunning() || Ports.isAccepting(own));
    return List.of(
        nginx(
            directory,
            port,
            """
            fastcgi_pass 127.0.0.1:%d;
            fastcgi_param SCRIPT_FILENAME %s;
            fastcgi_param REQUEST_METHOD $request_method;
            fastcgi_param REMOTE_ADDR $remote_addr;
            fastcgi_param HTTPS on;
            """
                .formatted(own, script)),
        app);
  }

  /** The name contains the version of PHP. */
  private static String phpFpm() throws IOException {
    try (var programs = Files.list(Path.of("/usr/sbin"))) {
      return programs
          .map(program -> program.getFileName().toString())
          .filter(name -> name.startsWith("php-fpm"))
          .sorted()
          .findFirst()
          .orElse("php-fpm");
    }
  }

  private static RunningProcess nginx(Path directory, int port, String location)
      throws IOException {
    String program = Processes.assumeAvailable("nginx").toString();
    Path file =
        Files.writeString(
            directory.resolve("nginx.conf"),
            """
            daemon off;
            master_process off;
            pid %1$s/nginx.pid;
            error_log stderr info;
            events { }
            http {
              access_log off;
              client_body_temp_path %1$s/t1; proxy_temp_path %1$s/t2; fastcgi_temp_path %1$s/t3;
              uwsgi_temp_path %1$s/t4; scgi_temp_path %1$s/t5;
              set_real_ip_from 127.0.0.1;
              real_ip_header proxy_protocol;
              server {
                listen 127.0.0.1:%2$d proxy_protocol;
                location / {
            %3$s
                }
              }
            }
            """
                .formatted(directory, port, location));
    return Processes.start(program, "-p", directory.toString(), "-c", file.toString());
  }
}
