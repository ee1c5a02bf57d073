package io.terminator.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * A real ACME server, Let's Encrypt's Pebble, in a directory of its own: it validates against the
 * ports that it is told, at the addresses that its name server knows. Skips the test where pebble
 * is not installed, see {@link Processes#assumeAvailable}.
 */
public final class Pebble implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(30);

  private final TestCa ca;
  private final Path directory;
  private final DnsServer names;
  private final int port;
  private final int managementPort;
  private final RunningProcess process;

  private Pebble(
      TestCa ca,
      Path directory,
      DnsServer names,
      int port,
      int managementPort,
      RunningProcess process) {
    this.ca = ca;
    this.directory = directory;
    this.names = names;
    this.port = port;
    this.managementPort = managementPort;
    this.process = process;
  }

  /**
   * What is unusual: the share of good nonces that it rejects, the external account it demands, as
   * {@code "key-id": "mac-key"}, or an empty text, and the most seconds for which it waits before
   * it validates.
   */
  public record Manner(int rejectedNonces, String externalAccount, int validationDelay) {
    public static final Manner KIND = new Manner(0, "", 0);
  }

  /** Validates TLS-ALPN-01 at {@code tlsPort} and HTTP-01 at {@code httpPort}. */
  public static Pebble start(int tlsPort, int httpPort, Manner manner) {
    Path program = Processes.assumeAvailable("pebble");
    TestCa ca = TestCa.create();
    int port = Ports.free();
    int management = Ports.free();
    try {
      Path directory = Files.createTempDirectory("testkit-pebble");
      CredentialFiles files = ca.server("localhost", "127.0.0.1").writeTo(directory, "pebble");
      Files.writeString(directory.resolve("ca.pem"), ca.rootPem());
      Path config =
          Files.writeString(
              directory.resolve("pebble.json"),
              """
              { "pebble": {
                  "listenAddress": "127.0.0.1:%d",
                  "managementListenAddress": "127.0.0.1:%d",
                  "certificate": "%s",
                  "privateKey": "%s",
                  "httpPort": %d,
                  "tlsPort": %d,
                  "ocspResponderURL": "",
                  "externalAccountBindingRequired": %b,
                  "externalAccountMACKeys": { %s }
              } }
              """
                  .formatted(
                      port,
                      management,
                      files.chain(),
                      files.key(),
                      httpPort,
                      tlsPort,
                      !manner.externalAccount().isEmpty(),
                      manner.externalAccount()));
      DnsServer names = DnsServer.start(60);
      ProcessBuilder builder =
          new ProcessBuilder(
              program.toString(), "-config", config.toString(), "-dnsserver", names.hostAndPort());
      if (manner.validationDelay() == 0) {
        builder.environment().put("PEBBLE_VA_NOSLEEP", "1");
      } else {
        builder
            .environment()
            .put("PEBBLE_VA_SLEEPTIME", Integer.toString(manner.validationDelay()));
      }
      builder.environment().put("PEBBLE_AUTHZREUSE", "0");
      builder.environment().put("PEBBLE_ALTERNATE_ROOTS", "1");
      builder
          .environment()
          .put("PEBBLE_WFE_NONCEREJECT", Integer.toString(manner.rejectedNonces()));
      RunningProcess process = Processes.start(builder);
      // Pebble says so before it listens.
      process.awaitLine("ACME directory available", START);
      Awaitility.await("pebble").atMost(START).until(() -> Ports.isAccepting(port));
      return new Pebble(ca, directory, names, port, management, process);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot prepare a directory for pebble", e);
    }
  }

  /** The address of its directory. */
  public String directoryUrl() {
    return "https://127.0.0.1:" + port + "/dir";
  }

  /** PEM file with the CA that its HTTPS is verified with. */
  public Path trust() {
    return directory.resolve("ca.pem");
  }

  /** The names that it can resolve. */
  public DnsServer names() {
    return names;
  }

  /** The root of the certificates that it issues, as PEM. A new one for each start. */
  public String rootPem() {
    return rootPem(0);
  }

  /** The root of the chain that it offers besides, as PEM. */
  public String alternateRootPem() {
    return rootPem(1);
  }

  private String rootPem(int number) {
    try {
      return HttpClient.newBuilder()
          .sslContext(ca.clientContext())
          .build()
          .send(
              HttpRequest.newBuilder(
                      URI.create("https://127.0.0.1:" + managementPort + "/roots/" + number))
                  .build(),
              HttpResponse.BodyHandlers.ofString())
          .body();
    } catch (IOException e) {
      throw new UncheckedIOException("pebble's root", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /** What it wrote so far. */
  public String output() {
    return process.output();
  }

  @Override
  public void close() {
    process.close();
    names.close();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove " + directory, e);
    }
  }
}
