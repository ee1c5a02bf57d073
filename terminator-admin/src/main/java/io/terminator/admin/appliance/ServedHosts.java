package io.terminator.admin.appliance;

import io.terminator.core.http.route.HttpRoutes;
import io.terminator.core.setting.HostPattern;
import io.terminator.tls.certificate.credential.Credential;
import io.terminator.tls.certificate.store.CredentialSet;
import io.terminator.tls.certificate.store.CredentialSnapshot;
import io.terminator.tls.certificate.store.CredentialStore;
import io.terminator.tls.layer.ListenerPolicies;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/** The policies and the current certificates of a listener. Any worker. */
final class ServedHosts implements HttpRoutes.HostPolicies {
  private final ListenerPolicies policies;
  private final CredentialStore store;
  private final boolean checksCertificate;
  private final InstantSource clock;

  ServedHosts(
      ListenerPolicies policies,
      CredentialStore store,
      boolean checksCertificate,
      InstantSource clock) {
    this.policies = policies;
    this.store = store;
    this.checksCertificate = checksCertificate;
    this.clock = clock;
  }

  @Override
  public int of(@Nullable String host) {
    return policies.index(host);
  }

  @Override
  public boolean hasOtherCertificate(String sni, String host) {
    if (!checksCertificate) {
      return false;
    }
    Instant now = clock.instant();
    CredentialSnapshot snapshot = store.snapshot();
    if (snapshot.find(host, now) == null) {
      return false;
    }
    CredentialSet own = snapshot.find(sni, now);
    CredentialSet served = own == null ? snapshot.fallback(now) : own;
    // Certificates of both kinds of key may be in service for the name; one that covers is enough.
    return served != null
        && served.credentials().stream().noneMatch(credential -> covers(credential, host));
  }

  private static boolean covers(Credential credential, String host) {
    String wildcard = HostPattern.wildcardFor(host);
    return credential.hosts().contains(host)
        || wildcard != null && credential.hosts().contains(wildcard);
  }
}
