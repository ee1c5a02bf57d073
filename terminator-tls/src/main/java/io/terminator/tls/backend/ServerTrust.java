package io.terminator.tls.backend;

import io.netty.util.NetUtil;
import io.terminator.core.setting.HostPattern;
import io.terminator.tls.path.Anchors;
import io.terminator.tls.path.PathSearch;
import io.terminator.tls.path.Purpose;
import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Verifies that a server's chain leads to a trusted authority and matches the server's name (RFC
 * 5280, RFC 9525). A successful result is cached for one minute, because verification takes
 * milliseconds of worker time. Thread-safe.
 */
final class ServerTrust {
  private static final long BELIEVED = Duration.ofMinutes(1).toNanos();
  private static final int MOST_KEPT = 1_000;
  private static final int DNS_NAME = 2;
  private static final int IP_ADDRESS = 7;
  private static final String NAME_CONSTRAINTS = "2.5.29.30";

  private final X509TrustManager manager;

  /** The authorities; none for those of the Java runtime. */
  private final Anchors anchors;

  private final boolean isLimited;

  private final Map<String, Passed> passed = new ConcurrentHashMap<>();

  private record Passed(byte[][] chain, long untilNanos) {}

  private ServerTrust(X509TrustManager manager, Anchors anchors) {
    this.manager = manager;
    this.anchors = anchors;
    this.isLimited = anchors.isConstrained();
  }

  /** {@code authorities} is PEM; null means the authorities of the Java runtime. */
  static ServerTrust of(byte @Nullable [] authorities) throws GeneralSecurityException {
    KeyStore store = null;
    List<X509Certificate> trusted = new ArrayList<>();
    if (authorities != null) {
      try {
        store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        int count = 0;
        for (Certificate certificate : authorities(authorities)) {
          store.setCertificateEntry("authority-" + count++, certificate);
          trusted.add((X509Certificate) certificate);
        }
        if (count == 0) {
          throw new CertificateException("contains no certificate");
        }
      } catch (java.io.IOException impossible) {
        throw new GeneralSecurityException("an empty key store cannot be made", impossible);
      }
    }
    Anchors anchors = Anchors.of(trusted);
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(store);
    for (TrustManager manager : factory.getTrustManagers()) {
      if (manager instanceof X509TrustManager x509) {
        return new ServerTrust(x509, anchors);
      }
    }
    throw new GeneralSecurityException("this Java runtime has no PKIX trust manager");
  }

  /**
   * Parses PEM. The JDK's exception messages quote the file's content, so they are not passed on.
   */
  private static Collection<? extends Certificate> authorities(byte[] pem)
      throws CertificateException {
    try {
      return certificates(pem);
    } catch (CertificateException damaged) {
      throw new CertificateException("contains something other than a certificate", damaged);
    }
  }

  static Collection<? extends Certificate> certificates(byte[] pem) throws CertificateException {
    return CertificateFactory.getInstance("X.509")
        .generateCertificates(new ByteArrayInputStream(pem));
  }

  /**
   * Returns the reason for a refusal as text, or null if the chain is accepted for {@code name}, a
   * host name or an IP address. If {@code name} is null, any name is accepted.
   */
  @Nullable String refusal(byte[][] chain, @Nullable String name) {
    long now = System.nanoTime();
    String expected = name == null ? "" : name;
    Passed before = passed.get(expected);
    if (before != null
        && now - before.untilNanos() < 0
        && Arrays.deepEquals(before.chain(), chain)) {
      return null;
    }
    String refusal = judge(chain, name);
    if (refusal == null) {
      if (passed.size() >= MOST_KEPT) {
        passed.clear();
      }
      passed.put(expected, new Passed(chain, now + BELIEVED));
    }
    return refusal;
  }

  private @Nullable String judge(byte[][] chain, @Nullable String name) {
    try {
      X509Certificate[] parsed = new X509Certificate[chain.length];
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      for (int i = 0; i < chain.length; i++) {
        parsed[i] =
            (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(chain[i]));
      }
      // A leaf that is itself an authority would pass the trust manager regardless of its dates.
      parsed[0].checkValidity();
      if (!isWithinLimits(parsed)) {
        return "the CA in tls.ca limits names or path length, and its certificate is outside";
      }
      return name == null || isFor(parsed[0], name)
          ? null
          : "its certificate is for " + names(parsed[0]) + ", not for " + name;
    } catch (CertificateException refused) {
      return words(refused, chain);
    } catch (GeneralSecurityException unusable) {
      return words(new CertificateException(unusable), chain);
    }
  }

  /**
   * Throws if the chain does not lead to an authority. False if it is outside the limits of the
   * authority's own certificate, which the trust manager ignores.
   */
  private boolean isWithinLimits(X509Certificate[] chain) throws GeneralSecurityException {
    try {
      manager.checkServerTrusted(chain, "UNKNOWN");
    } catch (CertificateException | RuntimeException refused) {
      // The JDK takes a CN for a host name, and fails at an empty one (RFC 5280 section 4.2.1.10).
      boolean isAboutNames =
          Arrays.stream(chain).anyMatch(each -> each.getExtensionValue(NAME_CONSTRAINTS) != null);
      if (!isAboutNames || !hasPath(chain)) {
        throw refused instanceof CertificateException known
            ? known
            : new CertificateException(refused);
      }
      return true;
    }
    return !isLimited || anchors.contains(chain[0]) || hasPath(chain);
  }

  private boolean hasPath(X509Certificate[] chain) throws GeneralSecurityException {
    return new PathSearch(anchors, Purpose.TLS_SERVER, Instant.now(), (path, key) -> null)
            .find(chain[0], Arrays.asList(chain))
        == null;
  }

  private static String words(CertificateException refused, byte[][] chain) {
    for (Throwable cause = refused; cause != null; cause = cause.getCause()) {
      if (cause instanceof CertificateExpiredException) {
        return "its certificate or an issuer's has expired (" + cause.getMessage() + ")";
      }
      if (cause instanceof CertificateNotYetValidException) {
        return "its certificate is not valid yet (" + cause.getMessage() + ")";
      }
    }
    return chain.length == 0
        ? "it sent no certificate"
        : "its certificate does not lead to a CA that tls.ca trusts (" + cause(refused) + ")";
  }

  /** The JDK's text behind the names of its classes. */
  private static String cause(CertificateException refused) {
    String message = String.valueOf(refused.getMessage());
    return message.substring(message.lastIndexOf(": ") + 1).strip();
  }

  private static boolean isFor(X509Certificate leaf, String name) throws CertificateException {
    byte[] address = NetUtil.createByteArrayFromIpAddressString(name);
    String host = name.toLowerCase(Locale.ROOT);
    Collection<List<?>> alternatives = leaf.getSubjectAlternativeNames();
    if (alternatives == null) {
      return false;
    }
    for (List<?> alternative : alternatives) {
      int kind = (Integer) alternative.get(0);
      String value = String.valueOf(alternative.get(1));
      boolean matches =
          address != null
              ? kind == IP_ADDRESS
                  && Arrays.equals(address, NetUtil.createByteArrayFromIpAddressString(value))
              : kind == DNS_NAME && matches(value, host);
      if (matches) {
        return true;
      }
    }
    return false;
  }

  private static boolean matches(String dnsName, String host) {
    HostPattern pattern = HostPattern.ofCertificate(dnsName);
    return pattern != null && pattern.matches(host);
  }

  private static String names(X509Certificate leaf) throws CertificateException {
    Collection<List<?>> alternatives = leaf.getSubjectAlternativeNames();
    List<String> names = new ArrayList<>();
    if (alternatives != null) {
      alternatives.stream()
          .filter(each -> each.get(0).equals(DNS_NAME) || each.get(0).equals(IP_ADDRESS))
          .limit(5)
          .forEach(each -> names.add(String.valueOf(each.get(1))));
    }
    return names.isEmpty() ? "no name" : String.join(", ", names);
  }
}
