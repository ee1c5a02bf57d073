package io.terminator.admin.command;

import io.terminator.admin.acme.AcmeConfig;
import io.terminator.admin.acme.ChallengeType;
import io.terminator.admin.acme.PersistentRecord;
import io.terminator.admin.acme.PersistentRecords;
import io.terminator.admin.config.ConfigFile;
import io.terminator.admin.config.TerminatorConfig;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Prints the records that dns-persist-01 needs, for the zone file. */
@Command(
    name = "dns-persist",
    description = {
      "Prints the TXT records for dns-persist-01 as lines of a zone file.",
      "Asks the authority and registers an account in state-dir if there is none: run it as the"
          + " user of the service."
    },
    mixinStandardHelpOptions = true)
final class DnsPersistCommand implements Callable<Integer> {
  @Mixin private ConfigOption config = new ConfigOption();

  @Option(
      names = "--until",
      paramLabel = "DATE",
      description =
          "Adds persistUntil: the authority accepts the records until the end of this day in UTC,"
              + " such as 2027-12-31. Default: without an end.")
  private @Nullable String until;

  @Override
  public Integer call() throws IOException {
    Instant end = until == null ? null : end(until);
    ConfigFile.Loaded loaded = config.load();
    if (loaded == null) {
      return ExitCode.CONFIG_PROBLEMS;
    }
    TerminatorConfig read = loaded.config();
    AcmeConfig acme = read.acme();
    if (acme == null || read.managed().isEmpty()) {
      throw new IOException(
          config.file()
              + ": no certificate is ordered by ACME. Expected acme and"
              + " listeners[].certificates.acme");
    }
    if (!acme.challenges().contains(ChallengeType.DNS_PERSIST_01)) {
      config.err().println("warning: acme.challenges does not contain dns-persist-01");
    }
    for (PersistentRecord record :
        PersistentRecords.of(
            acme, read.managed(), read.stateDirectory().resolve("acme"), read.stateSecret(), end)) {
      config.out().println(record.zoneLine());
    }
    config.out().flush();
    return ExitCode.OK;
  }

  private static Instant end(String date) throws IOException {
    try {
      return LocalDate.parse(date).plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant();
    } catch (DateTimeException unreadable) {
      throw new IOException(
          "--until: \"" + date + "\"; expected a date such as 2027-12-31", unreadable);
    }
  }
}
