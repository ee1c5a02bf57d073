package io.terminator.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.terminator.testkit.Ports;
import io.terminator.testkit.Processes;
import io.terminator.testkit.RunningProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * Debian's servers that read PROXY headers, each in a directory of its own. {@code limit} is the
 * longest accepted header of version 2, as in {@code docs/backends.md}; {@code says} is the
 * server's answer to an accepted client.
 */
enum ProxyReceiver {
  NGINX_HTTP("1KiB", "client="),
  NGINX_STREAM("107B", "client="),
  NGINX_MAIL("107B", "250 "),
  HAPROXY("16KiB", "client="),
  APACHE("232B", "client="),
  VARNISH("400B", "client="),
  POSTFIX("536B", "250 "),
  DOVECOT("1500B", "a OK");

  private static final boolean ROOT = "root".equals(System.getProperty("user.name"));
  private static final String USER = System.getProperty("user.name");

  final String limit;
  private final String says;

  ProxyReceiver(String limit, String says) {
    this.limit = limit;
    this.says = says;
  }

  /** What makes it answer. */
  String question() {
    return switch (this) {
      case NGINX_STREAM -> "";
      case NGINX_MAIL, POSTFIX -> "EHLO a.test\r\n";
      case DOVECOT -> "a CAPABILITY\r\n";
      case NGINX_HTTP, HAPROXY, APACHE, VARNISH ->
          "GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n";
    };
  }

  boolean speaksFirst() {
    return this == NGINX_MAIL || this == POSTFIX || this == DOVECOT;
  }

  String answer() {
    return says;
  }

  /** Whether the answer contains the client's address. */
  boolean namesClient() {
    return says.equals("client=");
  }

  RunningProcess start(Path directory, int port) throws IOException {
    RunningProcess process =
        switch (this) {
          case NGINX_HTTP, NGINX_STREAM, NGINX_MAIL -> nginx(directory, port);
          case HAPROXY -> haproxy(directory, port);
          case APACHE -> apache(directory, port);
          case VARNISH -> varnish(directory, port);
          case POSTFIX -> postfix(directory, port);
          case DOVECOT -> dovecot(directory, port);
        };
    await()
        .atMost(RunningTerminator.PATIENCE)
        .until(() -> !process.isRunning() || Ports.isAccepting(port));
    assertThat(process.isRunning()).as(process.output()).isTrue();
    return process;
  }

  private RunningProcess nginx(Path directory, int port) throws IOException {
    String program = Processes.assumeAvailable("nginx").toString();
    int authentication = Ports.free();
    String modules = "/usr/lib/nginx/modules/";
    String servers =
        switch (this) {
          case NGINX_STREAM ->
              "stream { server { listen 127.0.0.1:%d proxy_protocol; return \"client=$proxy_protocol_addr.\"; } }"
                  .formatted(port);
          case NGINX_MAIL ->
              ("mail { server_name a.test; auth_http 127.0.0.1:%d; server { listen 127.0.0.1:%d proxy_protocol;"
                      + " protocol smtp; smtp_auth none; } }")
                  .formatted(authentication, port);
          default -> "";
        };
    Path file =
        Files.writeString(
            directory.resolve("nginx.conf"),
            """
            %s
            %s
            daemon off;
            master_process off;
            pid %4$s/nginx.pid;
            error_log stderr info;
            events { }
            http {
              access_log off;
              client_body_temp_path %4$s/t1; proxy_temp_path %4$s/t2; fastcgi_temp_path %4$s/t3;
              uwsgi_temp_path %4$s/t4; scgi_temp_path %4$s/t5;
              server { listen 127.0.0.1:%5$d proxy_protocol; return 200 "client=$proxy_protocol_addr."; }
            }
            %3$s
            """
                .formatted(
                    this == NGINX_STREAM ? "load_module " + modules + "ngx_stream_module.so;" : "",
                    this == NGINX_MAIL ? "load_module " + modules + "ngx_mail_module.so;" : "",
                    servers,
                    directory,
                    this == NGINX_HTTP ? port : authentication));
    return Processes.start(program, "-p", directory.toString(), "-c", file.toString());
  }

  private static RunningProcess haproxy(Path directory, int port) throws IOException {
    String program = Processes.assumeAvailable("haproxy").toString();
    Path file =
        Files.writeString(
            directory.resolve("haproxy.cfg"),
            """
            defaults
              mode http
              timeout client 30s
              timeout server 30s
              timeout connect 5s
            frontend web
              bind 127.0.0.1:%d accept-proxy
              http-request return status 200 content-type text/plain lf-string "client=%%[src]. authority=%%[fc_pp_authority]."
            """
                .formatted(port));
    return Processes.start(program, "-db", "-f", file.toString());
  }

  private static RunningProcess apache(Path directory, int port) throws IOException {
    String program = Processes.assumeAvailable("apache2").toString();
    StringBuilder modules = new StringBuilder();
    for (String module : new String[] {"mpm_event", "authz_core", "remoteip", "alias"}) {
      modules.append(
          "LoadModule %1$s_module /usr/lib/apache2/modules/mod_%1$s.so%n".formatted(module));
    }
    Path file =
        Files.writeString(
            directory.resolve("apache.conf"),
            """
            ServerRoot %1$s
            ServerName a.test
            PidFile %1$s/apache.pid
            Listen 127.0.0.1:%2$d
            %3$s
            ErrorLog %1$s/apache.log
            Mutex file:%1$s
            ThreadsPerChild 5
            StartServers 1
            %4$s
            RemoteIPProxyProtocol On
            ErrorDocument 404 "client=%%{REMOTE_ADDR}."
            Redirect 404 /
            """
                .formatted(directory, port, ROOT ? "User www-data\nGroup www-data" : "", modules));
    return Processes.start(program, "-D", "FOREGROUND", "-f", file.toString());
  }

  private static RunningProcess varnish(Path directory, int port) throws IOException {
    String program = Processes.assumeAvailable("varnishd").toString();
    Path file =
        Files.writeString(
            directory.resolve("receiver.vcl"),
            """
            vcl 4.1;
            backend default none;
            sub vcl_recv { return (synth(200, "client=" + client.ip + ".")); }
            """);
    return Processes.start(
        program,
        "-F",
        "-j",
        "none",
        "-n",
        directory.resolve("varnish").toString(),
        "-a",
        "127.0.0.1:" + port + ",PROXY",
        "-f",
        file.toString(),
        "-s",
        "malloc,8m");
  }

  /** Only root can start it. */
  private static RunningProcess postfix(Path directory, int port) throws IOException {
    String program = Processes.assumeAvailable("postfix").toString();
    Path config = Files.createDirectories(directory.resolve("postfix"));
    Path queue = Files.createDirectories(directory.resolve("queue"));
    Path log = directory.resolve("postfix.log");
    Path data = Files.createDirectories(directory.resolve("data"));
    // Its processes are not root, and a test's directory is closed to others.
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.setOwner(
        data,
        data.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("postfix"));
    Files.writeString(
        config.resolve("main.cf"),
        """
        compatibility_level = 3.6
        queue_directory = %s
        data_directory = %s
        maillog_file = %s
        maillog_file_prefixes = %s
        command_directory = /usr/sbin
        daemon_directory = /usr/lib/postfix/sbin
        myhostname = a.test
        mynetworks = 127.0.0.0/8
        inet_interfaces = loopback-only
        smtpd_upstream_proxy_protocol = haproxy
        smtpd_peername_lookup = no
        smtpd_recipient_restrictions = reject
        local_recipient_maps =
        alias_maps =
        """
            .formatted(queue, data, log, directory));
    Files.writeString(
        config.resolve("master.cf"),
        """
        127.0.0.1:%d inet n - n - - smtpd
        postlog unix-dgram n - n - 1 postlogd
        anvil unix - - n - 1 anvil
        rewrite unix - - n - - trivial-rewrite
        proxymap unix - - n - - proxymap
        """
            .formatted(port));
    // It puts itself into the background, and wants to be stopped the same way.
    return Processes.start(
        "sh",
        "-c",
        """
        trap '"$0" -c "$1" stop; kill "$tail"; exit' TERM
        "$0" -c "$1" start
        tail -n +1 -F "$2" & tail=$!
        wait
        """,
        program,
        config.toString(),
        log.toString());
  }

  private static RunningProcess dovecot(Path directory, int port) throws IOException {
    String program = Processes.assumeAvailable("dovecot").toString();
    Path file =
        Files.writeString(
            directory.resolve("dovecot.conf"),
            """
            protocols = imap
            base_dir = %1$s/run
            log_path = /dev/stderr
            ssl = no
            %3$s
            haproxy_trusted_networks = 127.0.0.0/8
            service imap-login {
              chroot =
              inet_listener imap {
                address = 127.0.0.1
                port = %2$d
                haproxy = yes
              }
              inet_listener imaps {
                port = 0
              }
            }
            service anvil {
              chroot =
            }
            passdb {
              driver = static
              args = nopassword=y
            }
            """
                .formatted(
                    directory,
                    port,
                    ROOT
                        ? ""
                        : "default_internal_user = %1$s\ndefault_login_user = %1$s"
                            .formatted(USER)));
    return Processes.start(program, "-F", "-c", file.toString());
  }
}
