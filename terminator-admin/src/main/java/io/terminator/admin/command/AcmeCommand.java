package io.terminator.admin.command;

import picocli.CommandLine.Command;

/** What an operator does for ACME outside of a running instance. */
@Command(
    name = "acme",
    description = "Certificates by ACME.",
    mixinStandardHelpOptions = true,
    subcommands = DnsPersistCommand.class)
final class AcmeCommand {}
