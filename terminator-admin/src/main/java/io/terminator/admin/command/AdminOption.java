package io.terminator.admin.command;

import io.terminator.admin.client.AdminClient;
import io.terminator.admin.client.Trust;
import io.terminator.admin.config.ConfigFile;
import io.terminator.admin.config.ConfigProblems;
import io.terminator.core.chain.SocketFailure;
import io.terminator.core.file.BoundedFile;
import io.terminator.core.file.UnfitFileException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The options that select an admin API and the credentials for it. */
final class AdminOption {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** The output format of a command. */
  enum Output {
    TEXT,
    JSON
  }

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec command;

  /** Without either option: the default of {@code admin.bind}. */
  static final class Address {
    @Option(
        names = "--config",
        paramLabel = "FILE",
        description =
            "The instance's configuration: its admin section has address, certificate"
                + " and token.")
    private @Nullable Path config;

    @Option(
        names = "--admin",
        paramLabel = "URL",
        description = {
          "The admin API: http://, https:// or unix:/path.",
          "Default: http://127.0.0.1:9443"
        })
    private @Nullable String url;
  }

  @ArgGroup private @Nullable Address address;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description = "A file with the token; the read-only token is sufficient.")
  private @Nullable Path tokenFile;

  @Option(
      names = "--ca",
      paramLabel = "FILE",
      description = "CA certificates for the API's certificate. Default: the trust store of Java.")
  private @Nullable Path authorities;

  @Option(
      names = "--certificate",
      paramLabel = "FILE",
      description = "A client certificate to send.")
  private @Nullable Path certificate;

  @Option(names = "--key", paramLabel = "FILE", description = "The private key of --certificate.")
  private @Nullable Path key;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORM",
      description = "text or json.")
  private Output output = Output.TEXT;

  /** For messages. */
  private String url = "http://127.0.0.1:9443";

  boolean isJson() {
    return output == Output.JSON;
  }

  /** The exception's message is for the operator. */
  AdminClient client() throws IOException, ConfigProblems {
    if (address != null && address.config != null) {
      return client(
          address.config,
          new ConfiguredAdmin(new ConfigFile(System.getenv()).readAdmin(address.config)));
    }
    if (address != null && address.url != null) {
      url = address.url;
    }
    Trust trust =
        url.startsWith("https:") && (authorities != null || certificate != null)
            ? Trust.of(authorities, certificate, key)
            : null;
    try {
      return new AdminClient(url, trust, token("--token-file", tokenFile), PATIENCE);
    } catch (IllegalArgumentException unfit) {
      throw new IOException("--admin: " + unfit.getMessage(), unfit);
    }
  }

  /** Options that were given replace what the file says. */
  private AdminClient client(Path config, ConfiguredAdmin configured) throws IOException {
    url = config.toString();
    url = configured.url();
    if (configured.needsCertificate() && certificate == null) {
      throw new IOException(
          "admin.tls.client-auth is required; expected --certificate, and --key if the key is in"
              + " another file");
    }
    Path presented = configured.certificate();
    Trust trust =
        presented == null
            ? null
            : authorities == null
                ? Trust.pinned(presented, certificate, key)
                : Trust.of(authorities, certificate, key);
    String token =
        tokenFile == null
            ? token("the token of the configuration", configured.tokenFile())
            : token("--token-file", tokenFile);
    return new AdminClient(url, trust, token, PATIENCE);
  }

  private static @Nullable String token(String source, @Nullable Path file) throws IOException {
    if (file == null) {
      return null;
    }
    try {
      return new String(BoundedFile.read(file, BoundedFile.SMALL), StandardCharsets.UTF_8).strip();
    } catch (IOException unreadable) {
      throw new IOException(
          source
              + ": \""
              + file
              + "\" "
              + (unreadable instanceof UnfitFileException unfit
                  ? unfit.getReason()
                  : "cannot be read")
              + ". Expected a file with the token that this user can read",
          unreadable);
    }
  }

  /** Prints the problems of the configuration; returns the exit code. */
  int fail(ConfigProblems problems) {
    ConfigReport.print(problems, err());
    return ExitCode.CONFIG_PROBLEMS;
  }

  /** Prints why the API did not answer. */
  void fail(IOException why) {
    err().println(url + ": " + SocketFailure.words(why));
    err().flush();
  }

  PrintWriter out() {
    return command().commandLine().getOut();
  }

  PrintWriter err() {
    return command().commandLine().getErr();
  }

  private CommandSpec command() {
    if (command == null) {
      throw new IllegalStateException("used outside of a command");
    }
    return command;
  }
}
