package io.terminator.admin.config;

import io.terminator.admin.acme.AcmeConfig;
import io.terminator.admin.http.AdminConfig;
import io.terminator.admin.plain.PlainHttpConfig;
import io.terminator.admin.resolve.DnsConfig;
import io.terminator.admin.tracing.TracingConfig;
import io.terminator.core.connect.BackendConfig;
import io.terminator.core.connection.DrainConfig;
import io.terminator.core.frame.FrameConfig;
import io.terminator.core.logbuffer.LogConfig;
import io.terminator.core.setting.Secret;
import io.terminator.core.worker.OverloadConfig;
import io.terminator.core.worker.WorkerConfig;
import io.terminator.tls.certificate.source.ManagedCertificate;
import io.terminator.tls.keylog.KeyLogConfig;
import io.terminator.tls.signing.SigningConfig;
import io.terminator.tls.ticket.TicketConfig;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The complete configuration, each part in the record of its feature. A {@code connections} of 0
 * means as many as the process can carry. Validated: every service's backend is in {@code
 * backends}, names and addresses are unique, and files existed when the configuration was read.
 */
public record TerminatorConfig(
    WorkerConfig workers,
    Path stateDirectory,
    @Nullable Secret stateSecret,
    TicketConfig tickets,
    SigningConfig signing,
    @Nullable KeyLogConfig keyLog,
    List<ServiceConfig> services,
    Map<String, BackendConfig> backends,
    @Nullable PlainHttpConfig http,
    @Nullable AcmeConfig acme,
    DnsConfig dns,
    FrameConfig frames,
    int connections,
    OverloadConfig overload,
    DrainConfig drain,
    AdminConfig admin,
    LogConfig log,
    @Nullable TracingConfig tracing) {
  public TerminatorConfig {
    services = List.copyOf(services);
    // Not Map.copyOf, which loses the order of the file.
    backends = Collections.unmodifiableMap(new LinkedHashMap<>(backends));
  }

  /** The same configuration with other {@code listeners}. */
  public TerminatorConfig with(List<ServiceConfig> listeners) {
    return new TerminatorConfig(
        workers,
        stateDirectory,
        stateSecret,
        tickets,
        signing,
        keyLog,
        listeners,
        backends,
        http,
        acme,
        dns,
        frames,
        connections,
        overload,
        drain,
        admin,
        log,
        tracing);
  }

  /** The certificates that are ordered by ACME, of all listeners. */
  public List<ManagedCertificate> managed() {
    return services.stream().flatMap(service -> service.managed().stream()).distinct().toList();
  }
}
