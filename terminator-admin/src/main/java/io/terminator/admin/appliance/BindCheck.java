package io.terminator.admin.appliance;

import io.terminator.admin.config.ServiceConfig;
import io.terminator.admin.config.TerminatorConfig;
import io.terminator.admin.config.format.Problem;
import io.terminator.core.accept.ListenerConfig;
import io.terminator.core.setting.Endpoint;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;

/** Resolves the names that are to be listened on, as a start does. Blocks. */
public final class BindCheck {
  private BindCheck() {}

  /** A problem for each name without an address; {@code file} is named in it. */
  public static List<Problem> of(TerminatorConfig config, String file) {
    List<Problem> problems = new ArrayList<>();
    for (ServiceConfig service : config.services()) {
      for (ListenerConfig listener : service.listeners()) {
        String path = "listeners[" + service.listener().name() + "].bind";
        examine(listener.bind(), path, file, problems);
      }
    }
    examine(config.admin().bind(), "admin.bind", file, problems);
    if (config.http() != null) {
      examine(config.http().bind(), "http.bind", file, problems);
    }
    return problems;
  }

  private static void examine(Endpoint bind, String path, String file, List<Problem> problems) {
    if (!(bind instanceof Endpoint.Inet inet) || inet.host().isEmpty()) {
      return;
    }
    try {
      var unused = InetAddress.getByName(inet.host());
    } catch (UnknownHostException unknown) {
      problems.add(
          new Problem(
              file,
              0,
              path,
              "\"" + inet + "\" has a host that does not resolve",
              "an address of this machine, or a name of one",
              "write the address, or add the name to /etc/hosts"));
    }
  }
}
