package io.terminator.admin.command;

import io.terminator.admin.client.AdminClient;
import io.terminator.admin.client.Trust;
import io.terminator.core.file.BoundedFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
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

  @Option(
      names = "--admin",
      paramLabel = "URL",
      description = {
        "The admin API: http://, https:// or unix:/path.",
        "Default: ${DEFAULT-VALUE}"
      })
  private String url = "http://127.0.0.1:9443";

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

  boolean isJson() {
    return output == Output.JSON;
  }

  /** The exception's message is for the operator. */
  AdminClient client() throws IOException {
    Trust trust =
        url.startsWith("https:") && (authorities != null || certificate != null)
            ? Trust.of(authorities, certificate, key)
            : null;
    try {
      return new AdminClient(url, trust, token(), PATIENCE);
    } catch (IllegalArgumentException unfit) {
      throw new IOException("--admin: " + unfit.getMessage(), unfit);
    }
  }

  private @Nullable String token() throws IOException {
    if (tokenFile == null) {
      return null;
    }
    try {
      return new String(BoundedFile.read(tokenFile, BoundedFile.SMALL), StandardCharsets.UTF_8)
          .strip();
    } catch (IOException unreadable) {
      throw new IOException(
          "--token-file: \"" + tokenFile + "\" cannot be read. Expected a file with the token",
          unreadable);
    }
  }

  /** Prints why the API did not answer. */
  void fail(IOException why) {
    err().println(url + ": " + (why.getMessage() == null ? why.toString() : why.getMessage()));
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
