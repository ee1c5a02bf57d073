package io.terminator.admin.appliance;

import io.netty.util.NetUtil;
import io.terminator.admin.config.TerminatorConfig;
import io.terminator.admin.config.format.Problem;
import io.terminator.admin.resolve.NameResolver;
import io.terminator.tls.certificate.source.ManagedCertificate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Looks up the names that ACME orders certificates for: an authority reaches a name's listener only
 * if the name resolves to this machine. Blocks for at most a few time limits of DNS.
 */
public final class NameCheck {
  private NameCheck() {}

  /**
   * A warning for each name that does not resolve to this machine's addresses alone. {@code known}
   * are more addresses of it. Wildcards are not looked up; {@code file} is named in the warnings.
   */
  public static List<Problem> of(TerminatorConfig config, String file, List<InetAddress> known)
      throws IOException {
    Set<InetAddress> own = new LinkedHashSet<>(known);
    NetworkInterface.networkInterfaces()
        .flatMap(NetworkInterface::inetAddresses)
        .filter(each -> !each.isLoopbackAddress() && !each.isLinkLocalAddress())
        .forEach(own::add);
    Set<String> names = new LinkedHashSet<>();
    for (ManagedCertificate certificate : config.managed()) {
      certificate.names().stream().filter(name -> !name.startsWith("*.")).forEach(names::add);
    }
    List<Problem> warnings = new ArrayList<>();
    try (NameResolver resolver = new NameResolver(config.dns())) {
      Map<String, CompletableFuture<NameResolver.Answer>> asked = new LinkedHashMap<>();
      for (String name : names) {
        if (!ManagedCertificate.isAddress(name)) {
          asked.put(name, resolver.resolve(name));
        }
      }
      Duration patience = config.dns().timeout().multipliedBy(2).plusSeconds(1);
      for (String name : names) {
        String finding = finding(name, asked.get(name), own, patience);
        if (finding != null) {
          warnings.add(
              new Problem(
                  file,
                  0,
                  "listeners[].certificates.acme.names",
                  "\"" + name + "\" " + finding,
                  "an address of this machine, " + text(own),
                  "correct the name's records, or pass its public address by --address"));
        }
      }
    }
    return warnings;
  }

  /** Null if the name leads here. {@code answer} is null for an address. */
  private static @Nullable String finding(
      String name,
      @Nullable CompletableFuture<NameResolver.Answer> answer,
      Set<InetAddress> own,
      Duration patience)
      throws IOException {
    if (answer == null) {
      InetAddress address =
          InetAddress.getByAddress(NetUtil.createByteArrayFromIpAddressString(name));
      return own.contains(address) ? null : "is not an address of this machine";
    }
    try {
      List<InetAddress> found = answer.get(patience.toMillis(), TimeUnit.MILLISECONDS).addresses();
      List<InetAddress> foreign = found.stream().filter(each -> !own.contains(each)).toList();
      return foreign.isEmpty()
          ? null
          : foreign.size() == found.size()
              ? "resolves to " + text(foreign)
              : "resolves to this machine and to "
                  + text(foreign)
                  + ", which the authority may choose";
    } catch (ExecutionException unknown) {
      return "does not resolve: " + NameResolver.words(unknown);
    } catch (TimeoutException silent) {
      return "is not answered for by DNS within " + patience.toSeconds() + " s";
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", stopped);
    }
  }

  private static String text(Iterable<InetAddress> addresses) {
    List<String> all = new ArrayList<>();
    addresses.forEach(each -> all.add(NetUtil.toAddressString(each)));
    return String.join(", ", all);
  }
}
