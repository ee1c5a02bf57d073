package io.terminator.scenarios;

import static org.awaitility.Awaitility.await;

import io.terminator.testkit.RawTlsClient;
import io.terminator.testkit.RecordForge;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The TLS secrets of clients in an appliance's key log, for tests that create records themselves.
 */
final class KeyLog {
  /** The key log of every client on this machine, in the directory of the configuration. */
  static final String SETTING = "key-log: { file: keys.log, sources: [127.0.0.1/32] }\n";

  private KeyLog() {}

  /**
   * Creates {@code client}'s next record with the key log of the appliance whose configuration is
   * in {@code directory}.
   */
  static RecordForge forge(Path directory, RawTlsClient client) throws IOException {
    Path log = directory.resolve("keys.log");
    await()
        .atMost(RunningTerminator.PATIENCE)
        .until(() -> RecordForge.isIn(Files.readAllLines(log), client));
    return RecordForge.of(client, Files.readAllLines(log));
  }
}
