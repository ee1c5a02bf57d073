package io.terminator.admin.config;

import io.terminator.admin.acme.DnsHookConfig;
import io.terminator.admin.config.format.Key;
import io.terminator.admin.config.format.Kinds;
import io.terminator.admin.config.format.Quoted;
import io.terminator.admin.config.format.Reading;
import io.terminator.admin.config.format.Section;
import io.terminator.admin.config.format.Shape;
import io.terminator.core.setting.Secret;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/** {@code acme.dns}. */
final class DnsHookKeys {
  private static final Key<List<String>> COMMAND =
      Key.absent(
          "command",
          Kinds.list(
              Kinds.parsed("a program and its arguments", null, text -> text, text -> text), 1),
          "the webhook is called",
          "Program with arguments that adds and removes TXT records, called as COMMAND present|cleanup"
              + " NAME VALUE. It ends with 0 on success. Other records of the same name must stay.");

  private static final Key<URI> WEBHOOK =
      Key.absent(
          "webhook",
          Kinds.parsed(
              "an https:// address, or http:// on this machine",
              null,
              AuthorityKeys::address,
              URI::toString),
          "the command is run",
          "Address that adds and removes TXT records by a POST of JSON with action (present or"
              + " cleanup), name and value. Any 2xx status means success.");

  private static final Key<Secret> TOKEN =
      Key.absent(
          "token",
          Kinds.secret(),
          "the webhook is called without a token",
          "Bearer token for the webhook. Never shown in messages.");

  private static final Key<Duration> TIMEOUT =
      Key.optional(
          "timeout",
          Kinds.duration("1s", "10m"),
          Duration.ofMinutes(1),
          "Time limit for one call of the hook.");

  private static final Key<Duration> PROPAGATION =
      Key.optional(
          "propagation",
          Kinds.duration("0", "1h"),
          Duration.ofMinutes(2),
          "Maximum time until the TXT record is visible through the name servers of dns.servers; the"
              + " authority is asked to look after that. 0: it is asked at once.");

  static final Shape<DnsHookConfig> SHAPE =
      new Shape<>(
          "A hook that adds TXT records for dns-01: a command or a webhook.",
          List.of(COMMAND, WEBHOOK, TOKEN, TIMEOUT, PROPAGATION),
          DnsHookKeys::hook);

  private DnsHookKeys() {}

  private static DnsHookConfig hook(Section section) {
    Reading reading = section.reading();
    if (reading != null
        && section.isSound(COMMAND, WEBHOOK)
        && section.has(COMMAND) == section.has(WEBHOOK)) {
      reading.problem(
          section.placeOf(COMMAND),
          section.has(COMMAND) ? "is set together with webhook" : "is missing",
          "either command or webhook",
          "");
    }
    section.check(
        !section.has(TOKEN) || section.has(WEBHOOK) || !section.has(COMMAND),
        TOKEN,
        "no token beside command; it is for the webhook",
        "remove it, or set webhook",
        WEBHOOK,
        COMMAND);
    List<String> command = Objects.requireNonNullElse(section.find(COMMAND), List.of());
    if (reading != null && !command.isEmpty()) {
      String unfit = AcmeFiles.unfitProgram(reading, command.get(0));
      if (unfit != null) {
        reading.problem(
            section.placeOf(COMMAND),
            Quoted.of(command.get(0)) + " " + unfit,
            "a program that this user may run, by its path or by a name in PATH",
            "");
      }
    }
    return new DnsHookConfig(
        command,
        section.find(WEBHOOK),
        section.find(TOKEN),
        section.get(TIMEOUT),
        section.get(PROPAGATION));
  }
}
