package io.terminator.admin.acme;

import io.terminator.tls.certificate.source.ManagedCertificate.KeyType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How certificates are ordered. {@code contacts} are URIs such as {@code mailto:}. The {@code
 * fallback} is asked in turn while {@code authority} fails. Dry runs are at {@code staging}. {@code
 * challenges} are in order of preference. For each of {@code keyTypes} a certificate is ordered.
 * With {@code reusesKey}, a renewal keeps the private key. {@code preferredChain} is the common
 * name of an issuer. Without {@code readyWithPlaceholder}, readiness waits for the first
 * certificates.
 */
public record AcmeConfig(
    List<String> contacts,
    AuthorityConfig authority,
    @Nullable AuthorityConfig fallback,
    @Nullable AuthorityConfig staging,
    List<ChallengeType> challenges,
    List<KeyType> keyTypes,
    boolean reusesKey,
    @Nullable String profile,
    @Nullable String preferredChain,
    boolean readyWithPlaceholder,
    int ordersPerHour,
    @Nullable DnsHookConfig dns) {
  public AcmeConfig {
    contacts = List.copyOf(contacts);
    challenges = List.copyOf(challenges);
    keyTypes = List.copyOf(keyTypes);
  }

  /** The same with {@code others}. */
  public AcmeConfig withChallenges(List<ChallengeType> others) {
    return new AcmeConfig(
        contacts,
        authority,
        fallback,
        staging,
        others,
        keyTypes,
        reusesKey,
        profile,
        preferredChain,
        readyWithPlaceholder,
        ordersPerHour,
        dns);
  }
}
