package io.terminator.admin.command;

import io.netty.util.NetUtil;
import io.terminator.admin.appliance.BindCheck;
import io.terminator.admin.appliance.CertificateCheck;
import io.terminator.admin.appliance.NameCheck;
import io.terminator.admin.config.ConfigFile;
import io.terminator.admin.config.TerminatorConfig;
import io.terminator.admin.config.format.Problem;
import io.terminator.core.setting.Quantity;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Reads everything that a start would read, including certificates, without starting anything. */
@Command(
    name = "check",
    description = "Prints every problem of a configuration and its certificates; exit code 0 or 2.",
    mixinStandardHelpOptions = true)
final class CheckCommand implements Callable<Integer> {
  @Mixin private ConfigOption config = new ConfigOption();

  @Option(
      names = "--dns",
      description =
          "Also look up the names that ACME orders certificates for, and warn about those that do not"
              + " resolve to this machine.")
  private boolean dns;

  @Option(
      names = "--address",
      paramLabel = "ADDRESS",
      description =
          "With --dns: a public address of this machine behind NAT or a load balancer. May be"
              + " repeated.")
  private List<String> addresses = List.of();

  @Override
  public Integer call() throws IOException {
    List<InetAddress> known = addresses();
    ConfigFile.Loaded loaded = config.load();
    if (loaded == null) {
      return ExitCode.CONFIG_PROBLEMS;
    }
    TerminatorConfig read = loaded.config();
    CertificateCheck certificates = CertificateCheck.of(read, config.file().toString());
    List<Problem> warnings = new ArrayList<>(certificates.warnings());
    if (dns) {
      warnings.addAll(NameCheck.of(read, config.file().toString(), known));
    }
    loaded.mask().hide(warnings).forEach(config::warn);
    List<Problem> problems = new ArrayList<>(certificates.problems());
    problems.addAll(BindCheck.of(read, config.file().toString()));
    loaded.mask().hide(problems).forEach(problem -> config.err().println(problem));
    if (!problems.isEmpty()) {
      config.err().println(Quantity.of(problems.size(), "problem") + ".");
      return ExitCode.CONFIG_PROBLEMS;
    }
    config
        .out()
        .println(
            String.join(
                    ", ",
                    "OK: " + Quantity.of(read.services().size(), "listener"),
                    Quantity.of(read.backends().size(), "backend"),
                    Quantity.of(certificates.usable(), "certificate"),
                    Quantity.of(loaded.warnings().size() + warnings.size(), "warning"))
                + ".");
    return ExitCode.OK;
  }

  private List<InetAddress> addresses() throws IOException {
    if (!dns && !addresses.isEmpty()) {
      throw new IOException("--address is used without --dns; expected both or neither");
    }
    List<InetAddress> known = new ArrayList<>();
    for (String text : addresses) {
      byte[] address = NetUtil.createByteArrayFromIpAddressString(text);
      if (address == null) {
        throw new IOException("--address: \"" + text + "\"; expected an IP address");
      }
      known.add(InetAddress.getByAddress(address));
    }
    return known;
  }
}
